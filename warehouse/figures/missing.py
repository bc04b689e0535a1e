"""Charts of missing scores and of what they leave open."""

from __future__ import annotations

import altair as alt
import pandas as pd

from warehouse.figures.marks import (
    LOOSE,
    PLOT,
    ROW,
    average_tooltip,
    known_first,
    names_above,
    place_of,
    plain_axis,
)
from warehouse.figures.theme import BLUE, GREEN, PINK, VERMILION, themed


def coverage_scatter(rows: pd.DataFrame) -> alt.LayerChart:
    """Neural against behavioural averages, coloured by the number of non-zero scores (Figure 7).

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_ahlert2024_fig7_missingness``.
    """
    drawn = rows.dropna(subset=["score_neural", "score_behaviour"])
    chart = (
        alt.Chart(drawn)
        .mark_circle(size=55, opacity=0.85)
        .encode(
            x=alt.X("score_neural:Q", scale=LOOSE, axis=plain_axis("Neural average")),
            y=alt.Y("score_behaviour:Q", scale=LOOSE, axis=plain_axis("Behavioural average")),
            color=alt.Color(
                "n_scored:Q",
                scale=alt.Scale(scheme="viridis", reverse=True),
                legend=alt.Legend(title="Non-zero scores", orient="top", gradientLength=220),
            ),
            tooltip=average_tooltip(
                alt.Tooltip("n_scored:Q", title="Non-zero scores"),
                alt.Tooltip("n_missing:Q", title="Missing"),
            ),
        )
    )
    return themed(
        alt.layer(chart).properties(
            width=420,
            height=420,
            description=(
                f"Scatter plot of {len(drawn)} models, neural against behavioural average with "
                "missing as zero, coloured by the number of their non-zero scores."
            ),
        )
    )


STATES = {"scored": BLUE, "failed": VERMILION, "never_run": "#bbbbbb", "not_applicable": PINK}
"""Colours of the states of a cell."""


def cell_states(rows: pd.DataFrame) -> alt.LayerChart:
    """Share of models that a benchmark scored, failed or never ran, one bar per benchmark.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_cell_states`` of one snapshot, with the ``title`` of the benchmark.
    """
    states = rows.groupby(["benchmark_id", "title", "state"], as_index=False)["n_cells"].sum()
    scored = states[states["state"] == "scored"].set_index("title")["n_cells"]
    titles = states["title"].drop_duplicates()
    order = sorted(titles, key=lambda t: (-scored.get(t, 0), t))
    # stack order of the bars, which the order of the colours does not decide
    states["place"] = states["state"].map({s: i for i, s in enumerate(STATES)})
    found = known_first(states["state"], STATES)
    bars = (
        alt.Chart(states)
        .mark_bar()
        .encode(
            x=alt.X("n_cells:Q", stack="normalize", axis=plain_axis("Share of models", format="%")),
            y=alt.Y(
                "title:N",
                sort=order,
                axis=alt.Axis(title=None, labelLimit=400, labelOverlap=False, labelFlush=False),
            ),
            order="place:Q",
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=found, range=[STATES.get(s, "#444444") for s in found]),
                legend=alt.Legend(
                    title="State", orient="top", labelExpr="replace(datum.label, '_', ' ')"
                ),
            ),
            tooltip=[
                alt.Tooltip("title:N", title="Metric"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("n_cells:Q", title="Models"),
            ],
        )
    )
    return themed(
        alt.layer(bars).properties(
            width=420,
            height=alt.Step(15),
            description=(
                f"Stacked bars of {len(order)} metrics: the share of models that were scored, "
                "failed or were never run."
            ),
        )
    )


def rank_bounds(rows: pd.DataFrame) -> alt.LayerChart:
    """From the best to the worst rank that each model's own missing cells leave possible.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_rank_bounds`` of one cohort.
    """
    x = alt.X("zero_rank:Q", axis=plain_axis("Rank when missing counts as zero"))
    base = alt.Chart(rows).encode(
        x=x,
        tooltip=[
            alt.Tooltip("source_model_name:N", title="Model"),
            alt.Tooltip("n_missing:Q", title="Missing scores"),
            alt.Tooltip("best_rank:Q", title="Best possible rank"),
            alt.Tooltip("zero_rank:Q", title="Rank, missing as zero"),
            alt.Tooltip("worst_rank:Q", title="Worst possible rank"),
            alt.Tooltip("best_rank_everyone:Q", title="Best, all models' holes moving"),
            alt.Tooltip("worst_rank_everyone:Q", title="Worst, all models' holes moving"),
        ],
    )
    y = alt.Y("best_rank:Q", scale=alt.Scale(reverse=True), axis=plain_axis("Rank (1 = best)"))
    spans = base.mark_rule(strokeWidth=1, opacity=0.5, color=BLUE).encode(y=y, y2="worst_rank:Q")
    points = base.mark_circle(size=14, color=VERMILION, opacity=1).encode(y="zero_rank:Q")
    exact = int((rows["best_rank"] == rows["worst_rank"]).sum())
    return themed(
        alt.layer(spans, points).properties(
            width=620,
            height=360,
            description=(
                f"Ranges of the possible ranks of {len(rows)} models; "
                f"that of {exact} does not depend on their own missing cells."
            ),
        )
    )


POLICIES = {
    "complete_case": "Complete models only",
    "pairwise": "Pair by pair",
    "zero": "Missing counts as zero",
    "attempted_only": "Failed is zero, never run ignored",
    "bounds_low": "Worst value for every hole",
    "bounds_high": "Best value for every hole",
    "bounds": "Any value",
}
"""Names of the missing-cell policies for people."""


def policy_dots(policies: pd.DataFrame) -> alt.LayerChart:
    """Mean agreement between metrics under each policy for missing cells.

    Parameters
    ----------
    policies : DataFrame
        Rows of ``fct_missing_policies``.
    """
    rows = policies.assign(name=policies["policy"].map(POLICIES).fillna(policies["policy"]))
    order = [POLICIES.get(p, p) for p in known_first(rows["policy"], POLICIES)]
    cohorts = sorted(rows["cohort_id"].unique())
    dots = (
        alt.Chart(rows)
        .mark_point(filled=True, size=110, opacity=0.9)
        .encode(
            x=alt.X("mean_spearman:Q", axis=plain_axis("Mean correlation between metrics")),
            y=alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=240)),
            color=alt.Color(
                "cohort_id:N",
                scale=alt.Scale(domain=cohorts, range=[BLUE, VERMILION, GREEN, PINK]),
                legend=alt.Legend(title="Cohort", orient="top", symbolLimit=0),
            ),
            shape=alt.Shape("cohort_id:N", scale=alt.Scale(domain=cohorts)),
            tooltip=[
                alt.Tooltip("cohort_id:N", title="Cohort"),
                alt.Tooltip("name:N", title="Policy"),
                alt.Tooltip("mean_spearman:Q", title="Mean correlation", format=".3f"),
                alt.Tooltip("n_models:Q", title="Models"),
                alt.Tooltip("n_pairs:Q", title="Pairs"),
                alt.Tooltip("share_filled:Q", title="Cells filled", format=".0%"),
            ],
        )
    )
    return themed(
        alt.layer(dots).properties(
            width=420,
            height=alt.Step(28),
            description=(
                f"Dot chart of the mean correlation under {len(order)} policies for missing "
                f"cells, from {rows['mean_spearman'].min():.2f} "
                f"to {rows['mean_spearman'].max():.2f}."
            ),
        )
    )


def coverage_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """Cells of one benchmark in every snapshot: scored, failed, never run.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_benchmark_snapshots`` of one benchmark.
    """
    names = {"n_scored": "scored", "n_failed": "failed", "n_never_run": "never_run"}
    key = ["snapshot_id", "snapshot_date", "source_id", "n_models"]
    rows = rows.assign(snapshot_date=pd.to_datetime(rows["snapshot_date"]))
    long = rows.melt(id_vars=key, value_vars=list(names), var_name="state", value_name="n_cells")
    long["state"] = long["state"].map(names)
    long["position"] = long["state"].map(place_of(list(STATES)))
    long = long[long["n_cells"] > 0]
    order = rows.sort_values(["snapshot_date", "snapshot_id"])["snapshot_id"].tolist()
    states = [s for s in STATES if s in set(long["state"])]
    few = len(order) <= 20
    bars = (
        alt.Chart(long)
        .mark_bar(height=8)
        .encode(
            y=alt.Y(
                "snapshot_id:N",
                sort=order,
                axis=names_above()
                if few
                else alt.Axis(title=None, labelLimit=260, labelFontSize=9, labelOverlap=False),
            ),
            x=alt.X("n_cells:Q", axis=plain_axis("Published rows")),
            order=alt.Order("position:Q"),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states, range=[STATES[s] for s in states]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("snapshot_id:N", title="Snapshot"),
                alt.Tooltip("snapshot_date:T", title="Day"),
                alt.Tooltip("source_id:N", title="Source"),
                alt.Tooltip("state:N", title="State"),
                alt.Tooltip("n_cells:Q", title="Published rows"),
                alt.Tooltip("n_models:Q", title="Models scored"),
            ],
        )
    )
    return themed(
        alt.layer(bars).properties(
            width=PLOT,
            height=alt.Step(ROW if few else 12),
            description=(
                f"Published rows by state in {len(order)} snapshots; models scored: "
                + ", ".join(f"{r.n_models} in {r.snapshot_id}" for r in rows.tail(8).itertuples())
                + "."
            ),
        )
    )
