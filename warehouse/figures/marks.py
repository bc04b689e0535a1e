"""What charts of several domains share: orders of known values, axes, and marks by model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import altair as alt
import pandas as pd

from warehouse.figures.theme import BLUE, GREEN, PINK, VERMILION

MODALITIES = ["neural", "behavioural", "engineering"]

REGIONS = ["V1", "V2", "V4", "IT", "behaviour"]

ALPHA = 0.05


def order_benchmarks(benchmarks: pd.DataFrame) -> list[str]:
    """Benchmark ids by modality, region and name, as the heat map lists them."""

    def place(row) -> tuple:
        modality, region = row.modality or "", row.region or ""
        return (
            MODALITIES.index(modality) if modality in MODALITIES else len(MODALITIES),
            REGIONS.index(region) if region in REGIONS else len(REGIONS),
            row.benchmark_id,
        )

    rows = benchmarks.fillna({"modality": "", "region": ""}).itertuples()
    return [row.benchmark_id for row in sorted(rows, key=place)]


def known_first(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Put values in the order of the known ones; others follow by name."""
    known, found = list(known), set(found)
    return [k for k in known if k in found] + sorted(found - set(known))


_MODALITY_MARKS = dict(
    zip(
        MODALITIES,
        [(VERMILION, "circle"), (BLUE, "square"), (GREEN, "triangle-up")],
        strict=True,
    )
)


def by_modality(rows: pd.DataFrame) -> dict[str, alt.Color | alt.Shape]:
    """Colour and shape together, so that neither is needed alone."""
    found = [m for m in MODALITIES if m in set(rows["modality"])]
    colours, shapes = ([_MODALITY_MARKS[m][i] for m in found] for i in (0, 1))
    return {
        "color": alt.Color(
            "modality:N",
            scale=alt.Scale(domain=found, range=colours),
            legend=alt.Legend(title=None, orient="top"),
        ),
        "shape": alt.Shape("modality:N", scale=alt.Scale(domain=found, range=shapes), legend=None),
    }


PERCENTILE = {
    "scale": alt.Scale(domain=[0, 1]),
    "axis": alt.Axis(title="Share of the other models that it beats", format="%", tickCount=5),
}


def place_of(known: Sequence[str]) -> dict[str, int]:
    places = {value: place for place, value in enumerate(known)}
    return _Places(places)


class _Places(dict):
    """Places of known values; what is not known comes after them."""

    def __missing__(self, key: str) -> int:
        return len(self)


LOOSE = alt.Scale(zero=False, padding=8)


def names_above(size: int = 11) -> alt.Axis:
    """Names above their rows, inside the plot: a narrow screen then shows both."""
    return alt.Axis(
        title=None,
        labelAlign="left",
        labelPadding=0,
        labelOffset=-11,
        labelFontSize=size,
        labelLimit=330,
        labelFlush=False,
        labelOverlap=False,
        ticks=False,
        domain=False,
    )


ROW, PLOT = 30, 330
"""Height of a row that carries its name, and width of a plot that a narrow screen holds."""

COMPARED = {"range": [BLUE, VERMILION, GREEN, PINK]}

_SHAPES = {"range": ["circle", "square", "triangle-up", "diamond"]}


def by_model(ids: Sequence[str], field: str) -> dict:
    """Colour and shape of each model: either tells them apart."""
    legend = alt.Legend(title=None, orient="top", columns=1, labelLimit=400, symbolOpacity=1)
    return {
        "color": alt.Color(
            f"{field}:N",
            sort=list(ids),
            scale=alt.Scale(domain=list(ids), **COMPARED),
            legend=legend,
        ),
        "shape": alt.Shape(
            f"{field}:N",
            sort=list(ids),
            scale=alt.Scale(domain=list(ids), **_SHAPES),
            legend=legend,
        ),
    }


def plain_axis(title: str, **options: object) -> alt.Axis:
    return alt.Axis(title=title, tickCount=6, titleLimit=400, **options)


def average_tooltip(*more: alt.Tooltip) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("source_model_name:N", title="Model"),
        alt.Tooltip("score_neural:Q", title="Neural", format=".3f"),
        alt.Tooltip("score_behaviour:Q", title="Behaviour", format=".3f"),
        alt.Tooltip("score_overall:Q", title="Overall", format=".3f"),
        *more,
    ]


def span(values: pd.Series | int) -> str:
    """Return a whole number, or the smallest and the largest of several."""
    values = pd.Series(values).dropna()
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"
