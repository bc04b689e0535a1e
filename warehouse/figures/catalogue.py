"""Charts of one model or benchmark, and of the lineage of a table."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from warehouse.figures.marks import (
    MODALITIES,
    PERCENTILE,
    PLOT,
    REGIONS,
    ROW,
    by_modality,
    names_above,
    place_of,
    plain_axis,
)
from warehouse.figures.theme import BLUE, GREEN, HUMAN, PINK, VERMILION, themed


def model_areas(rows: pd.DataFrame) -> alt.LayerChart:
    """How a model's percentiles spread in each area: range, quartiles and median.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_areas`` of one model.
    """
    rows = rows.assign(name=_named_areas(rows))
    order = rows.sort_values(
        ["modality", "area"], key=lambda c: c.map(place_of([*MODALITIES, *REGIONS])), kind="stable"
    )["name"].tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=order, axis=names_above()),
        tooltip=[
            alt.Tooltip("name:N", title="Area"),
            alt.Tooltip("percentile_50:Q", title="Median percentile", format=".0%"),
            alt.Tooltip("percentile_25:Q", title="Quartiles from", format=".0%"),
            alt.Tooltip("percentile_75:Q", title="to", format=".0%"),
            alt.Tooltip("min_percentile:Q", title="Lowest", format=".0%"),
            alt.Tooltip("max_percentile:Q", title="Highest", format=".0%"),
            alt.Tooltip("n_benchmarks:Q", title="Benchmarks"),
            alt.Tooltip("min_models:Q", title="Fewest models on one"),
            alt.Tooltip("max_models:Q", title="Most models"),
        ],
    )
    colour = {"color": by_modality(rows)["color"]}
    low = alt.X("min_percentile:Q", **PERCENTILE)
    quarter = alt.X("percentile_25:Q", **PERCENTILE)
    middle = alt.X("percentile_50:Q", **PERCENTILE)
    return themed(
        alt.layer(
            base.mark_rule(strokeWidth=1.5, opacity=0.6).encode(
                x=low, x2="max_percentile:Q", **colour
            ),
            base.mark_rule(strokeWidth=6, opacity=0.35).encode(
                x=quarter, x2="percentile_75:Q", **colour
            ),
            base.mark_point(filled=True, size=90, opacity=1).encode(x=middle, **by_modality(rows)),
        ).properties(
            width=PLOT,
            height=alt.Step(ROW),
            description=(
                "Percentiles of one model by area: "
                + "; ".join(
                    f"{r.name} median {r.percentile_50:.0%} of {r.n_benchmarks}"
                    for r in rows.set_index("name", drop=False).loc[order].itertuples(index=False)
                )
                + "."
            ),
        )
    )


def _named_areas(rows: pd.DataFrame) -> pd.Series:
    n = rows["n_benchmarks"].astype(str)
    return rows["area"] + ", " + rows["modality"] + " (" + n + ")"


def model_profile(rows: pd.DataFrame) -> alt.LayerChart:
    """Percentile of one model on every benchmark, with what is not sure about it.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_scores`` of one model, each benchmark once.
    """
    rows = rows.dropna(subset=["score_percentile"])
    ordered = rows.assign(area=rows["region"].fillna(rows["suite"])).sort_values(
        ["modality", "area", "score_percentile"],
        key=lambda c: -c if c.name == "score_percentile" else c.map(place_of(_AREAS)),
        kind="stable",
    )
    titles = ordered["area"] + ": " + ordered["title"]
    ordered = ordered.assign(
        name=titles.where(~titles.duplicated(keep=False), titles + " " + ordered["snapshot_id"])
    )
    shown = ["name", "title", "modality", "snapshot_id", "score", "score_rank", "n_models"]
    percentiles = [c for c in ordered if "percentile" in c]
    few = len(ordered) <= 60
    axis = (
        names_above()
        if few
        else alt.Axis(title=None, labelLimit=330, labelFontSize=9, labelOverlap=False)
    )
    base = alt.Chart(ordered[shown + percentiles]).encode(
        y=alt.Y("name:N", sort=ordered["name"].tolist(), axis=axis),
        tooltip=[
            alt.Tooltip("title:N", title="Benchmark"),
            alt.Tooltip("snapshot_id:N", title="Snapshot"),
            alt.Tooltip("score:Q", title="Score", format=".4~g"),
            alt.Tooltip("score_percentile:Q", title="Percentile", format=".1%"),
            alt.Tooltip("percentile_low:Q", title="95 % over models, from", format=".0%"),
            alt.Tooltip("percentile_high:Q", title="to", format=".0%"),
            alt.Tooltip("percentile_error_low:Q", title="1.96 errors, from", format=".0%"),
            alt.Tooltip("percentile_error_high:Q", title="to", format=".0%"),
            alt.Tooltip("score_rank:Q", title="Rank"),
            alt.Tooltip("n_models:Q", title="of models"),
        ],
    )
    colour = {"color": by_modality(ordered)["color"]}
    low = alt.X("percentile_low:Q", **PERCENTILE)
    thick = alt.X("percentile_error_low:Q", **PERCENTILE)
    middle = alt.X("score_percentile:Q", **PERCENTILE)
    known = base.transform_filter("isValid(datum.percentile_error_low)")
    return themed(
        alt.layer(
            base.mark_rule(strokeWidth=1, opacity=0.7).encode(
                x=low, x2="percentile_high:Q", **colour
            ),
            known.mark_rule(strokeWidth=5, opacity=0.35).encode(
                x=thick, x2="percentile_error_high:Q", **colour
            ),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                x=middle, **by_modality(ordered)
            ),
        ).properties(
            width=PLOT,
            height=alt.Step(ROW if few else 12),
            description=(
                f"Percentiles of one model on {len(ordered)} benchmarks, from "
                f"{ordered['score_percentile'].min():.0%} to "
                f"{ordered['score_percentile'].max():.0%}, with intervals over models and the "
                "reach of the error."
            ),
        )
    )


_AREAS = [*MODALITIES, *REGIONS]


def score_distribution(
    rows: pd.DataFrame, levels: pd.DataFrame, *, marked: Sequence[str] = ()
) -> alt.VConcatChart:
    """How the scores of one benchmark lie over models, with chance and ceiling.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_scores`` of one benchmark and snapshot.
    levels : DataFrame
        Its row of ``rpt_benchmark_levels``, or none.
    marked : sequence of str
        Models to mark by name.
    """
    level = levels.iloc[0].to_dict() if len(levels) else {}
    lines = pd.DataFrame(
        [
            {"score": level[key], "level": name}
            for key, name in (("chance", "chance"), ("ceiling", level.get("ceiling_kind")))
            if pd.notna(level.get(key))
        ],
        columns=["score", "level"],
    )
    values = [*rows["score"], *lines["score"]]
    band = None
    if pd.notna(level.get("ceiling_low")):
        band = pd.DataFrame([{"low": level["ceiling_low"], "high": level["ceiling_high"]}])
        values += [level["ceiling_low"], level["ceiling_high"]]
    x = {
        "scale": alt.Scale(domain=[min(values), max(values)], nice=True, zero=False),
        "axis": plain_axis(f"Score ({rows['unit'].iloc[0]})"),
    }
    counts, edges = np.histogram(rows["score"], bins="auto" if len(rows) < 1_000 else 40)
    binned = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n_models": counts})
    bars = (
        alt.Chart(binned)
        .mark_bar(color=BLUE, opacity=0.75, stroke="white", strokeWidth=0.5)
        .encode(
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
    )
    layers: list[alt.Chart] = [bars]
    if band is not None:
        layers.insert(
            0,
            alt.Chart(band)
            .mark_rect(color=HUMAN, opacity=0.15)
            .encode(x=alt.X("low:Q", **x), x2="high:Q"),
        )
    if len(lines):
        at = alt.Chart(lines).encode(
            x=alt.X("score:Q", **x),
            tooltip=[
                alt.Tooltip("level:N", title="Level"),
                alt.Tooltip("score:Q", title="Score", format=".4~g"),
            ],
        )
        text = {"align": "left", "dx": 4, "y": 2, "baseline": "top", "color": "#808080"}
        layers += [
            at.mark_rule(strokeDash=[5, 4], strokeWidth=2, color=HUMAN),
            at.mark_text(**text).encode(text="level:N"),
        ]
    kept = ["model_id", "score", "score_rank", "n_models", "error"]
    shown = rows[kept].assign(is_marked=rows["model_id"].isin(marked))
    ticks = (
        alt.Chart(shown)
        .mark_tick(thickness=1.5)
        .encode(
            x=alt.X("score:Q", scale=x["scale"], axis=None),
            color=alt.condition("datum.is_marked", alt.value(VERMILION), alt.value("#888888")),
            size=alt.condition("datum.is_marked", alt.value(26), alt.value(12)),
            tooltip=[
                alt.Tooltip("model_id:N", title="Model"),
                alt.Tooltip("score:Q", title="Score", format=".4~g"),
                alt.Tooltip("score_rank:Q", title="Rank"),
                alt.Tooltip("n_models:Q", title="of models"),
                alt.Tooltip("error:Q", title="Error (raw)", format=".3~g"),
            ],
        )
        .properties(width=PLOT - 40, height=30)
    )
    words = ", ".join(f"{r.level} {r.score:.4g}" for r in lines.itertuples())
    description = (
        f"Histogram of the scores of {len(rows)} models, median {rows['score'].median():.4g}, "
        f"from {rows['score'].min():.4g} to {rows['score'].max():.4g}"
        + (f"; {words}" if words else "")
        + ". Below, a tick for each model."
    )
    histogram = alt.layer(*layers).properties(width=PLOT - 40, height=220)
    return themed(alt.vconcat(histogram, ticks, spacing=6).properties(description=description))


def neighbour_dots(rows: pd.DataFrame) -> alt.LayerChart:
    """The models with the most similar profiles, with intervals.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_neighbours`` of one model and scope.
    """
    order = rows.sort_values("place")["neighbour_id"].tolist()
    x = {"scale": alt.Scale(zero=False, nice=True), "axis": plain_axis("Correlation of profiles")}
    base = alt.Chart(rows).encode(
        y=alt.Y("neighbour_id:N", sort=order, axis=names_above()),
        tooltip=[
            alt.Tooltip("neighbour_id:N", title="Model"),
            alt.Tooltip("estimate:Q", title="Correlation", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % from", format=".2f"),
            alt.Tooltip("ci_high:Q", title="to", format=".2f"),
            alt.Tooltip("n_shared:Q", title="Shared benchmarks"),
            alt.Tooltip("n_candidates:Q", title="Models compared"),
            alt.Tooltip("mean_difference:Q", title="Mean percentile against it", format="+.0%"),
        ],
    )
    return themed(
        alt.layer(
            base.mark_rule(strokeWidth=2, opacity=0.6, color=BLUE).encode(
                x=alt.X("ci_low:Q", **x), x2="ci_high:Q"
            ),
            base.mark_point(filled=True, size=70, opacity=1, color=BLUE).encode(
                x=alt.X("estimate:Q", **x)
            ),
        ).properties(
            width=PLOT,
            height=alt.Step(ROW),
            description=(
                f"The {len(rows)} models with the most similar profiles; the first is "
                f"{order[0]} with a correlation of {rows['estimate'].iloc[0]:.2f} over "
                f"{rows['n_shared'].iloc[0]} benchmarks."
            ),
        )
    )


LAYERS = ["raw", "seeds", "staging", "intermediate", "marts", "exposures"]


def lineage(nodes: pd.DataFrame, edges: pd.DataFrame) -> alt.LayerChart:
    """What a table is made from and used by, in columns by distance.

    Parameters
    ----------
    nodes : DataFrame
        ``node_id``, ``name``, ``layer``, and ``distance``: negative upstream, 0 the chosen one.
    edges : DataFrame
        ``parent_id`` and ``child_id``, both among the nodes.
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
    drawn = edges.assign(
        x=edges["parent_id"].map(place["end"]),
        y=edges["parent_id"].map(place["y"]),
        x2=edges["child_id"].map(place["x"]),
        y2=edges["child_id"].map(place["y"]),
    )
    tallest, columns = int(size.max()), ordered["distance"].nunique()
    low, high = ordered["x"].min(), ordered["x"].max()
    x = {"scale": alt.Scale(domain=[low - 0.05, high + 0.95]), "axis": None}
    y = {"scale": alt.Scale(domain=[-tallest / 2, tallest / 2], reverse=True), "axis": None}
    lines = (
        alt.Chart(drawn)
        .mark_rule(color="#999999", opacity=0.5)
        .encode(x=alt.X("x:Q", **x), y=alt.Y("y:Q", **y), x2="x2:Q", y2="y2:Q")
    )
    domain = [layer for layer in LAYERS if layer in set(ordered["layer"])]
    palette = dict(zip(LAYERS, ["#888888", PINK, "#56b4e9", BLUE, GREEN, VERMILION], strict=True))
    chosen = alt.selection_point(name="node", fields=["name"], on="click", clear=False)
    base = alt.Chart(ordered).encode(
        x=alt.X("x:Q", **x),
        y=alt.Y("y:Q", **y),
        tooltip=[
            alt.Tooltip("name:N", title="Table"),
            alt.Tooltip("layer:N", title="Layer"),
        ],
    )
    dots = (
        base.mark_circle(size=110, opacity=1, cursor="pointer")
        .encode(
            color=alt.Color(
                "layer:N",
                scale=alt.Scale(domain=domain, range=[palette[d] for d in domain]),
                legend=alt.Legend(title=None, orient="top"),
            )
        )
        .add_params(chosen)
    )
    text = {"align": "left", "dx": 9, "baseline": "middle", "fontSize": 11, "limit": 235}
    # grey that reads on white and on black alike
    labels = [
        base.transform_filter(f"datum.distance {is_chosen} 0")
        .mark_text(color="#808080", fontWeight=weight, **text)
        .encode(text="name:N")
        for is_chosen, weight in (("==", "bold"), ("!=", "normal"))
    ]
    n_up, n_down = (ordered["distance"] < 0).sum(), (ordered["distance"] > 0).sum()
    name = ordered.loc[ordered["distance"] == 0, "name"].iloc[0]
    return themed(
        alt.layer(lines, dots, *labels).properties(
            width=250 * columns,
            height=max(120, 20 * tallest),
            description=f"Lineage of {name}: {n_up} tables before it, {n_down} after it.",
        )
    )
