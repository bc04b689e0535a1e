"""What charts of several domains share: orders of known values, axes, colours and layers."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import altair as alt
import pandas as pd

from warehouse.figures.theme import BLUE, GREEN, GREY, MODEL, PINK, TILES, VERMILION

MODALITIES = ["neural", "behavioural", "engineering"]
REGIONS = ["V1", "V2", "V4", "IT", "behaviour"]
ALPHA = 0.05
ROW, PLOT = 30, 330
"""Height of a row that carries its name, and width of a plot that a narrow screen holds."""

COLOURS = (BLUE, VERMILION, GREEN, PINK)
SHAPES = ("circle", "square", "triangle-up", "diamond")
LOOKS = {
    "neural": (GREEN, "square"),
    "behavioural": (VERMILION, "triangle-up"),
    "engineering": (GREY, "circle"),
}
"""Colour and shape of a modality, on every chart."""

LOOSE = alt.Scale(zero=False, padding=8)
TRAINED = {"pretrained": MODEL, "untrained": GREY}


def known_first(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Put values in the order of the known ones; others follow by name."""
    known, found = list(known), set(found)
    return [k for k in known if k in found] + sorted(found - set(known))


def order_benchmarks(benchmarks: pd.DataFrame) -> list[str]:
    """Benchmark ids by modality, region and name, as the heat map lists them."""
    keys = ["modality", "region", "benchmark_id"]
    return benchmarks.sort_values(keys, key=place_of)["benchmark_id"].tolist()


def place_of(values: pd.Series) -> pd.Series:
    """Sort key: modalities and regions in the order of the visual stream, the rest behind them."""
    known = [*MODALITIES, *REGIONS]
    if values.name not in ("modality", "area", "region"):
        return values
    return values.map({v: i for i, v in enumerate(known)}).fillna(len(known))


def span(values: pd.Series | int) -> str:
    """Return a whole number, the smallest and the largest of several, or *no* without any."""
    values = pd.Series(values).dropna()
    if values.empty:
        return "no"
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def reach(values: pd.Series, form: str = ".2f") -> str:
    """Smallest and largest of some numbers in words: ``from 0.10 to 0.90``."""
    return f"from {values.min():{form}} to {values.max():{form}}"


def titles_of(benchmarks: pd.DataFrame) -> dict[str, str]:
    """Names of benchmarks for people, from their rows in ``dim_benchmarks``."""
    return dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))


def short_titles(titles: pd.Series) -> pd.Series:
    """Titles without what stands in brackets at their end, where they stay different."""
    short = titles.str.replace(r" \([^)]*\)$", "", regex=True)
    return short.mask(short.duplicated(keep=False), titles)


def drawn(
    *layers: alt.Chart, size: tuple[int | alt.Step, int | alt.Step], description: str
) -> alt.LayerChart:
    """Layers from back to front, with a description for a reader who cannot see them.

    Width and height are each in pixels, or a step of a discrete axis.
    """
    width, height = size
    return alt.layer(*layers).properties(width=width, height=height, description=description)


def plain_axis(title: str | None, **options: object) -> alt.Axis:
    """Axis of a number."""
    return alt.Axis(title=title, tickCount=6, titleLimit=400, **options)


def names_beside(limit: int = 320, **options: object) -> alt.Axis:
    """Names left of their rows, every one of them."""
    return alt.Axis(title=None, labelLimit=limit, labelOverlap=False, **options)


def names_above(n_rows: int = 0, at_most: int = 60) -> alt.Axis:
    """Names above their rows, inside the plot: a narrow screen then shows both.

    Of more than ``at_most`` rows the names are small and stand beside them.
    """
    if n_rows > at_most:
        return names_beside(PLOT, labelFontSize=9)
    place = {"labelAlign": "left", "labelPadding": 0, "labelOffset": -11}
    return names_beside(PLOT, labelFlush=False, ticks=False, domain=False, **place)


def legend(title: str | None = None, **options: object) -> alt.Legend:
    """Legend above the plot."""
    return alt.Legend(title=title, orient="top", **options)


def palette(values: Iterable[str], colours: Sequence[str] = COLOURS) -> dict[str, str]:
    """A colour for each value."""
    return dict(zip(values, cycle(colours), strict=False))


def colour(
    column: str, colours: Mapping[str, str], title: str | None = None, **options: object
) -> alt.Color:
    """Colour by the values of a column, in the order given."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{column}:N", scale=scale, legend=legend(title, **options))


def shape(
    column: str, values: Iterable[str], looks: Sequence[str] = SHAPES, **options: object
) -> alt.Shape:
    """Shape by the values of a column, where colour alone should not tell them apart."""
    values = list(values)
    marks = list(palette(values, looks).values())
    return alt.Shape(f"{column}:N", scale=alt.Scale(domain=values, range=marks), **options)


def by_modality(rows: pd.DataFrame) -> dict[str, alt.Color | alt.Shape]:
    """Colour and shape together, so that neither is needed alone."""
    found = [m for m in MODALITIES if m in set(rows["modality"])]
    scale = alt.Scale(domain=found, range=[LOOKS[m][1] for m in found])
    return {
        "color": colour("modality", {m: LOOKS[m][0] for m in found}),
        "shape": alt.Shape("modality:N", scale=scale, legend=None),
    }


def by_model(ids: Sequence[str]) -> dict[str, alt.Color | alt.Shape]:
    """Colour and shape of some models: of up to four either tells them apart, of sixteen both."""
    few = len(ids) <= len(COLOURS)
    columns = {"columns": 1 if few else 2, "labelLimit": 400}
    looks = SHAPES if few else [shape for shape in SHAPES for _ in COLOURS]
    return {
        "color": colour("model_id", palette(ids), **columns),
        "shape": shape("model_id", ids, looks, legend=legend(**columns)),
    }


def kinds_of_network(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with ``kind``: pretrained, or untrained for a control."""
    return rows.assign(kind=rows["is_control"].map({True: "untrained", False: "pretrained"}))


def spans(
    base: alt.Chart, low: str | alt.X, high: str, *, width: float = 2, opacity: float = 0.6,
    **encoding: object,
) -> alt.Chart:  # fmt: skip
    """Horizontal lines from one column to another, as of an interval."""
    mark = base.mark_rule(strokeWidth=width, opacity=opacity, aria=False)
    return mark.encode(x=low, x2=high, **encoding)


def dots(base: alt.Chart, size: int = 70, **encoding: object) -> alt.Chart:
    """Filled points."""
    return base.mark_point(filled=True, size=size, opacity=1).encode(**encoding)


def line_at(channel: str, value: float = 0, **options: object) -> alt.Chart:
    """Grey line across the plot, at one value of ``x`` or ``y``."""
    frame = alt.Chart(pd.DataFrame({channel: [value]}))
    return frame.mark_rule(**({"color": GREY} | options)).encode(**{channel: f"{channel}:Q"})


BESIDE = {
    "right": {"align": "left", "dx": 8},
    "left": {"align": "right", "dx": -8},
    "above": {"align": "center", "dy": -13},
    "below": {"align": "center", "dy": 13},
} | {
    f"{row}_{side}": {"align": side, "dx": dx, "dy": dy}
    for row, dy in (("upper", -11), ("lower", 11))
    for side, dx in (("left", 2), ("right", -2))
}
"""Where a name can stand by its point."""
LONGEST = 200
"""Width of a name in pixels, at most."""


def named(
    base: alt.Chart,
    rows: pd.DataFrame,
    column: str,
    told: Sequence[object],
    at: tuple[str, str],
    size: tuple[int, int],
    *,
    is_reversed: bool = False,
    at_most: float = float("inf"),
) -> list[alt.Chart]:
    """The names of some points, each where it covers fewest points and no other name.

    A name that would cover another one, or leave the plot, is left out.

    Parameters
    ----------
    base : Chart
        Says where points stand; its rows do not matter.
    rows : DataFrame
        All points.
    column : str
        Of the names.
    told : sequence
        Labels of the index of ``rows`` whose names are to stand there, the first one first.
    at : tuple of str
        Columns of the place across and up.
    size : tuple of int
        Of the plot, in pixels.
    is_reversed : bool
        Whether both axes go from high to low.
    at_most : float
        A name that would cover more points is left out.
    """
    ends = rows[list(at)].agg(["min", "max"])
    share = (rows[list(at)] - ends.loc["min"]) / (ends.loc["max"] - ends.loc["min"]).replace(0, 1)
    share = (1 - share if is_reversed else share).to_numpy() * size
    taken: list[tuple[float, ...]] = []
    places: dict[str, list[object]] = {}
    for one in told:
        x, y = share[rows.index.get_loc(one)]
        width = min(6 * len(str(rows.at[one, column])), LONGEST)
        found = []
        for place, look in BESIDE.items():
            dx, dy = look.get("dx", 0), -look.get("dy", 0)
            left = x + dx - {"left": 0, "right": 1, "center": 0.5}[look["align"]] * width
            box = (left, left + width, y + dy - 7, y + dy + 7)
            is_free = box[0] > -10 and box[1] < size[0] + 10 and not any(
                box[0] < b[1] and b[0] < box[1] and box[2] < b[3] and b[2] < box[3] for b in taken
            )  # fmt: skip
            inside = (share > (box[0] - 4, box[2])) & (share < (box[1] + 4, box[3]))
            if is_free:
                found.append((inside.all(axis=1).sum(), len(found), place, box))
        if found and min(found)[0] <= at_most:
            *_, place, box = min(found)
            taken.append(box)
            places.setdefault(place, []).append(one)
    return [
        in_theme(
            alt.Chart(rows.loc[ids], encoding=base.encoding)
            .mark_text(fontSize=11, limit=LONGEST, tooltip=None, **BESIDE[place])
            .encode(text=f"{column}:N"),
            place,
        )
        for place, ids in places.items()
    ]


def in_theme(text: alt.Chart, name: str) -> alt.Chart:
    """Text without a colour of its own: that of the page on it, black in print.

    The page knows such text by its name, which no other text of the chart may have.
    """
    return text.properties(name=f"themed_{name}")


def tiles(base: alt.Chart, column: str, colours: Mapping[str, str]) -> list[alt.Chart]:
    """Tiles with the words of a column on them, in the dark kind of their colours."""
    shades = colour(column, {word: TILES[c] for word, c in colours.items()})
    shades.legend = None
    text = base.mark_text(fontSize=11, color="white", tooltip=None)
    return [base.mark_rect(cornerRadius=2).encode(color=shades), text.encode(text=f"{column}:N")]


def wrapped(values: pd.Series, width: int) -> pd.Series:
    """Labels in several lines; their axis needs ``labelExpr=LINES``."""
    return values.map(lambda text: "\n".join(textwrap.wrap(text, width)))


def names_on_top(names: Iterable[str]) -> alt.Axis:
    """Names in several lines above their columns; the lines grow towards the plot."""
    lines = max((name.count("\n") for name in names), default=0)
    return alt.Axis(
        title=None, orient="top", labelAngle=0, labelExpr=LINES, ticks=False, domain=False,
        labelPadding=13 * lines + 4, labelOverlap=False,
    )  # fmt: skip


LINES = "split(datum.label, '\\n')"
"""Vega's expression for the lines of a label."""


def only(base: alt.Chart, column: str, values: Sequence[str]) -> alt.Chart:
    """The rows of some values of a column."""
    return base.transform_filter(alt.FieldOneOfPredicate(field=column, oneOf=list(values)))
