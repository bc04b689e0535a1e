"""One model or benchmark, and the lineage of a table."""

import altair as alt
import numpy as np
import pandas as pd

from warehouse.fields import field
from warehouse.figures import marks
from warehouse.figures.fields import tooltips
from warehouse.figures.record import BENCHMARK, MODEL, Figure
from warehouse.figures.theme import BLUE, GREEN, GREY, HUMAN, PINK, VERMILION

PROFILE = """\
select *
from marts.rpt_model_scores
where model_id = $model_id and modality = $modality and is_latest and not is_aggregate
order by region, suite, score_percentile desc, benchmark_id"""

NEIGHBOURS = """\
select *
from marts.rpt_model_neighbours
where model_id = $model_id and scope = $modality
order by place"""

SCORES = """\
select
    scores.*, levels.chance, levels.chance_reason, levels.ceiling_kind, levels.ceiling,
    levels.ceiling_low, levels.ceiling_high, levels.n_people, levels.ceiling_reason
from marts.rpt_model_scores as scores
left join marts.rpt_benchmark_levels as levels on scores.benchmark_id = levels.benchmark_id
where scores.benchmark_id = $benchmark_id
-- the newest published snapshot; of a benchmark that only this machine knows its own scores
qualify
    (not scores.is_private, scores.snapshot_date)
    = max((not scores.is_private, scores.snapshot_date)) over ()
order by scores.score_rank, scores.model_id"""

LAYERS = ["raw", "seeds", "staging", "intermediate", "marts", "exposures"]
_BEATS = alt.Axis(title="Share of the other models that it beats", format="%", tickCount=5)
_PERCENTILE = {"scale": alt.Scale(domain=[0, 1]), "axis": _BEATS}


def model_areas(rows: pd.DataFrame) -> alt.LayerChart:
    """How a model's percentiles spread in each area: range, quartiles and median.

    Rows of ``rpt_model_areas`` of one model; an area without a benchmark that counts is not drawn.
    """
    rows = rows[rows["n_benchmarks"] > 0]
    n = rows["n_benchmarks"].astype(str)
    area = rows["area"].map(field("rpt_model_areas", "area").text)
    twice = area + ", " + rows["modality"]
    rows = rows.assign(name=area.where(~area.duplicated(keep=False), twice) + " (" + n + ")")
    rows = rows.sort_values(["modality", "area"], key=marks.place_of, kind="stable")
    quartiles = ["percentile_50", "percentile_25", "percentile_75"]
    columns = [*quartiles, "min_percentile", "max_percentile", "n_benchmarks", "min_models"]
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=rows["name"].tolist(), axis=marks.names_above()),
        tooltip=tooltips("rpt_model_areas", ("name:N", "Area"), *columns, "max_models"),
    )
    by = marks.by_modality(rows)
    shade = {"color": by["color"]}
    low, quarter = (alt.X(f"{c}:Q", **_PERCENTILE) for c in ("min_percentile", "percentile_25"))
    said = [f"{r.name} median {r.percentile_50:.0%} of {r.n_benchmarks}"
            for r in rows.itertuples(index=False)]  # fmt: skip
    return marks.drawn(
        marks.spans(base, low, "max_percentile:Q", width=1.5, **shade),
        marks.spans(base, quarter, "percentile_75:Q", width=6, opacity=0.35, **shade),
        marks.dots(base, 90, x=alt.X("percentile_50:Q", **_PERCENTILE), **by),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description=f"Percentiles of one model by area: {'; '.join(said)}.",
    )


ENDS = 25
"""Benchmarks at each end of a profile that a sheet of paper shows."""


def model_profile(rows: pd.DataFrame, *, on_paper: bool = False) -> alt.LayerChart:
    """Percentile of one model on every benchmark, with what is not sure about it.

    Rows of ``rpt_model_scores`` of one model, each benchmark once. On paper there are at most those
    where it stands highest and lowest, `ENDS` each.
    """
    rows = rows.dropna(subset=["score_percentile"])
    of = f" of {len(rows)}: those where it stands highest and lowest"
    if on_paper and len(rows) > 2 * ENDS:
        ends = rows["score_percentile"].sort_values(kind="stable").index
        rows = rows.loc[[*ends[:ENDS], *ends[-ENDS:]]]
    else:
        of = ""
    ordered = rows.assign(area=rows["region"].fillna(rows["suite"]), lost=-rows["score_percentile"])
    ordered = ordered.sort_values(["modality", "area", "lost"], key=marks.place_of, kind="stable")
    titles = ordered["area"] + ": " + ordered["title"]
    twice = titles + " " + ordered["snapshot_id"]
    ordered = ordered.assign(name=titles.where(~titles.duplicated(keep=False), twice))
    columns = ["title", "snapshot_id", "score", "score_percentile"]
    limits = ["percentile_error_low", "percentile_error_high"]
    columns += [*limits, "score_rank", "n_models"]
    n = len(ordered)
    names = marks.names_beside() if on_paper else marks.names_above(n)
    base = alt.Chart(ordered[["name", "modality", *columns]]).encode(
        y=alt.Y("name:N", sort=ordered["name"].tolist(), axis=names),
        tooltip=tooltips("rpt_model_scores", *columns),
    )
    known = base.transform_filter("isValid(datum.percentile_error_low)")
    by = marks.by_modality(ordered)
    error = alt.X(f"{limits[0]}:Q", **_PERCENTILE)
    shares = ordered["score_percentile"]
    return marks.drawn(
        marks.spans(known, error, f"{limits[1]}:Q", width=5, opacity=0.35, color=by["color"]),
        marks.dots(base, 45, x=alt.X("score_percentile:Q", **_PERCENTILE), **by),
        size=(marks.PLOT, alt.Step(marks.ROW if n <= 60 else 12)),
        description=f"Percentiles of one model on {n} benchmarks{of}, "
        f"{marks.reach(shares, '.0%')}, "
        "with the reach of the error where it is known.",
    )


def score_distribution(rows: pd.DataFrame, levels: pd.DataFrame) -> alt.LayerChart:
    """How the scores of one benchmark lie over models, with chance and ceiling.

    Rows of ``rpt_model_scores`` of one benchmark and snapshot, and its row of
    ``rpt_benchmark_levels``, or none.
    """
    level = levels.iloc[0].to_dict() if len(levels) else {}
    named = (("chance", "chance"), ("ceiling", level.get("ceiling_kind") or "ceiling"))
    known = [(level[key], name) for key, name in named if pd.notna(level.get(key))]
    lines = pd.DataFrame(known, columns=["score", "level"])
    band = pd.DataFrame([level], columns=["ceiling_low", "ceiling_high"], dtype=float).dropna()
    values = [*rows["score"], *lines["score"], *band.to_numpy().ravel()]
    scale = alt.Scale(domain=[min(values), max(values)], nice=True, zero=False)
    # between the bars and the axis there is room for a tick for each model
    axis = marks.plain_axis(f"Score ({rows['unit'].iloc[0]})", offset=20)
    x = {"scale": scale, "axis": axis}
    counts, edges = np.histogram(rows["score"], bins="auto" if len(rows) < 1_000 else 40)
    binned = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n_models": counts})
    bars = alt.Chart(binned).mark_bar(color=BLUE, xOffset=0.5, x2Offset=-0.5)
    layers: list[alt.Chart] = [
        bars.encode(
            x=alt.X("low:Q", **x),
            x2="high:Q",
            y=alt.Y("n_models:Q", axis=alt.Axis(title="Models", tickMinStep=1)),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("low:Q", title="Score from", format=".3~g"),
                alt.Tooltip("high:Q", title="to", format=".3~g"),
                alt.Tooltip("n_models:Q", title="Models"),
            ],
        )
    ]
    if len(band):
        reach = alt.Chart(band).mark_rect(color=HUMAN, opacity=0.15)
        layers.insert(0, reach.encode(x=alt.X("ceiling_low:Q", **x), x2="ceiling_high:Q"))
    if len(lines):
        said = [
            alt.Tooltip("level:N", title="Level"),
            alt.Tooltip("score:Q", title="Score", format=".4~g"),
        ]
        at = alt.Chart(lines).encode(x=alt.X("score:Q", **x), tooltip=said)
        layers.append(at.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=HUMAN))
        # a name stands on the side where the plot has room for it
        middle = (scale.domain[0] + scale.domain[1]) / 2
        for side, dx in (("left", 4), ("right", -4)):
            there = lines[(lines["score"] > middle) == (side == "right")]
            text = alt.Chart(there).mark_text(align=side, dx=dx, y=2, baseline="top")
            text = text.encode(x=alt.X("score:Q", **x), text="level:N")
            layers.append(marks.in_theme(text, f"level_{side}"))
    columns = ["model_id", "score", "score_rank", "n_models", "error"]
    below = alt.expr("height + 10")
    ticks = alt.Chart(rows[columns]).mark_tick(thickness=1.5, color=GREY, size=12, y=below)
    ticks = ticks.encode(x=alt.X("score:Q", **x), tooltip=tooltips("rpt_model_scores", *columns))
    words = "".join(f"; {r.level} {r.score:.4g}" for r in lines.itertuples())
    return marks.drawn(
        *layers,
        ticks,
        size=(marks.PLOT, 330),
        description=f"Histogram of the scores of {len(rows)} models, median "
        f"{rows['score'].median():.4g}, {marks.reach(rows['score'], '.4g')}{words}. Below, a tick "
        "for each model.",
    )


def neighbour_dots(rows: pd.DataFrame) -> alt.LayerChart:
    """The models with the most similar profiles.

    Rows of ``rpt_model_neighbours`` of one model and scope.
    """
    rows = rows.sort_values("estimate", ascending=False, kind="stable")
    order = rows["neighbour_id"].tolist()
    x = {
        "scale": alt.Scale(zero=False, nice=True),
        "axis": marks.plain_axis("Correlation of profiles"),
    }
    base = alt.Chart(rows).encode(
        y=alt.Y("neighbour_id:N", sort=order, axis=marks.names_above()),
        color=alt.value(BLUE),
        tooltip=tooltips(
            "rpt_model_neighbours",
            "neighbour_id, estimate, n_shared, n_candidates, mean_difference",
        ),
    )
    return marks.drawn(
        marks.dots(base, x=alt.X("estimate:Q", **x)),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description=f"The {len(rows)} models with the most similar profiles; the first is "
        f"{order[0]} with a correlation of {rows['estimate'].iloc[0]:.2f} over "
        f"{rows['n_shared'].iloc[0]} benchmarks.",
    )


def lineage(nodes: pd.DataFrame, edges: pd.DataFrame) -> alt.LayerChart:
    """What a table is made from and used by, in columns by distance.

    Nodes have ``node_id``, ``name``, ``layer`` and ``distance`` (negative upstream, 0 the chosen
    one); edges ``parent_id`` and ``child_id``, both among the nodes.
    """
    ordered = nodes.sort_values(["distance", "layer", "name"], kind="stable").reset_index(drop=True)
    size = ordered.groupby("distance")["name"].transform("size")
    ordered["y"] = ordered.groupby("distance").cumcount() - (size - 1) / 2
    ordered["x"] = ordered["distance"].astype(float)
    # a line begins past the name of the parent, which is about 5.6 pixels a letter wide
    ordered["end"] = ordered["x"] + 0.05 + (5.6 * ordered["name"].str.len()).clip(upper=232) / 250
    place = ordered.set_index("node_id")[["x", "y", "end", "distance"]]
    between = edges["parent_id"].map(place["distance"]) < edges["child_id"].map(place["distance"])
    edges = edges[between]
    between = edges.assign(
        x=edges["parent_id"].map(place["end"]),
        y=edges["parent_id"].map(place["y"]),
        x2=edges["child_id"].map(place["x"]),
        y2=edges["child_id"].map(place["y"]),
    )
    tallest, columns = int(size.max()), ordered["distance"].nunique()
    low, high = ordered["x"].min(), ordered["x"].max()
    scale = alt.Scale(domain=[-tallest / 2, tallest / 2], reverse=True)
    x = alt.X("x:Q", scale=alt.Scale(domain=[low - 0.05, high + 0.95]), axis=None)
    y = alt.Y("y:Q", scale=scale, axis=None)
    lines = alt.Chart(between).mark_rule(color="#999999", opacity=0.5)
    palette = dict(zip(LAYERS, [GREY, PINK, "#56b4e9", BLUE, GREEN, VERMILION], strict=True))
    found = {layer: c for layer, c in palette.items() if layer in set(ordered["layer"])}
    chosen = alt.selection_point(name="node", fields=["name"], on="click", clear=False)
    said = [alt.Tooltip("name:N", title="Table"), alt.Tooltip("layer:N", title="Layer")]
    base = alt.Chart(ordered).encode(x=x, y=y, tooltip=said)
    points = base.mark_circle(size=110, opacity=1, cursor="pointer")
    # grey that reads on white and on black alike
    text = {"align": "left", "dx": 9, "baseline": "middle", "fontSize": 11, "limit": 235}
    labels = [
        base.transform_filter(f"datum.distance {is_chosen} 0")
        .mark_text(color="#808080", fontWeight=weight, **text)
        .encode(text="name:N")
        for is_chosen, weight in (("==", "bold"), ("!=", "normal"))
    ]
    n_up, n_down = (ordered["distance"] < 0).sum(), (ordered["distance"] > 0).sum()
    name = ordered.loc[ordered["distance"] == 0, "name"].iloc[0]
    return marks.drawn(
        lines.encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        points.encode(color=marks.colour("layer", found)).add_params(chosen),
        *labels,
        size=(250 * columns, max(120, 20 * tallest)),
        description=f"Lineage of {name}: {n_up} tables before it, {n_down} after it.",
    )


FIGURES = (
    Figure(
        "model_profile",
        PROFILE,
        lambda rows, _: model_profile(rows),
        printed=lambda rows, _: model_profile(rows, on_paper=True),
        table=("title", "snapshot_id", "score", "score_percentile",
               "score_rank", "n_models"),
        caption="Scores of one model on {n} benchmarks; the percentile is the share of the other "
        "models that it beats",
        options={"modality": "neural"},
        scope=MODEL,
    ),
    Figure(
        "model_neighbours",
        NEIGHBOURS,
        lambda rows, _: neighbour_dots(rows),
        table=("place", "neighbour_id", "estimate", "n_shared", "n_candidates", "mean_difference"),
        caption="The {n} models with the most similar profiles of percentiles",
        options={"modality": "neural and behavioural"},
        scope=MODEL,
    ),
    Figure(
        "benchmark_scores",
        SCORES,
        lambda rows, _: score_distribution(rows, rows),
        table=("score_rank", "model_id", "score", "score_percentile"),
        caption="Scores of {n} models",
        scope=BENCHMARK,
    ),
)  # fmt: skip
