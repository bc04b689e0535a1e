"""Charts of models under several ways of averaging."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.figures.marks import PLOT, ROW, by_model, known_first, names_above, plain_axis
from warehouse.figures.theme import BLUE, GREEN, RANKS, VERMILION, themed

LARGE_SHIFT = 10
"""Shifts beyond this many places are marked, as in Ahlert et al., Fig 3."""

SCHEMES = {
    "arithmetic_mean": "Arithmetic mean",
    "z_mean": "Mean of z-scores",
    "mean_rank": "Mean rank",
    "robust_z_mean": "Mean of robust z-scores",
    "minmax_mean": "Mean of min-max scores",
    "borda": "Borda",
    "win_rate": "Win rate",
    "plackett_luce": "Plackett–Luce",
    "kemeny": "Kemeny",
}


def rank_strip(
    rankings: pd.DataFrame, *, highlighted: Sequence[str] = (), reference: str = "arithmetic_mean"
) -> alt.LayerChart:
    """Every model under every scheme: where it stands, coloured by its rank under one of them.

    Parameters
    ----------
    rankings : DataFrame
        Rows of ``fct_model_rankings`` of one cohort and level.
    highlighted : sequence of str
        Model names to follow from row to row.
    reference : str
        The scheme whose rank gives the colour.
    """
    key = ["source_model_key", "variant_id"]
    colours = rankings.loc[rankings["scheme"] == reference, [*key, "score_rank"]]
    colours = colours.rename(columns={"score_rank": "reference_rank"})
    rows = rankings.drop(columns="reference_rank", errors="ignore").merge(colours, on=key)
    rows["shift"] = rows["score_rank"] - rows["reference_rank"]
    rows["scheme_title"] = rows["scheme"].map(SCHEMES).fillna(rows["scheme"])
    n_models, last = len(colours), colours["reference_rank"].max()
    present = [SCHEMES.get(s, s) for s in known_first(rankings["scheme"], SCHEMES)]
    shown = ["source_model_name", "scheme_title", "score_minmax", "score_rank", "shift"]
    base = alt.Chart(rows[[*shown, "reference_rank"]]).encode(
        x=alt.X(
            "score_minmax:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(title="Score, worst model = 0, best model = 1", tickCount=6),
        ),
        y=alt.Y("scheme_title:N", sort=present, axis=alt.Axis(title=None, labelLimit=200)),
        tooltip=[
            alt.Tooltip("source_model_name:N", title="Model"),
            alt.Tooltip("scheme_title:N", title="Scheme"),
            alt.Tooltip("score_rank:Q", title="Rank"),
            alt.Tooltip("shift:Q", title="Places lost (+) or won (−)", format="+.1f"),
        ],
    )
    legend = alt.Legend(title=f"Rank by {SCHEMES[reference].lower()}", orient="top", titleLimit=300)
    ticks = base.mark_tick(thickness=2, size=32, opacity=0.9).encode(
        color=alt.Color(
            "reference_rank:Q",
            scale=alt.Scale(range=RANKS, domain=[1, last if last > 2 else 2]),
            legend=legend,
        )
    )
    moved = base.transform_filter(f"abs(datum.shift) > {LARGE_SHIFT}")
    layers = [ticks, moved.mark_tick(thickness=2, size=7, yOffset=21, color=VERMILION)]
    if highlighted:
        followed = base.transform_filter(
            alt.FieldOneOfPredicate(field="source_model_name", oneOf=list(highlighted))
        )
        layers.append(
            followed.mark_line(color=VERMILION, strokeWidth=2).encode(
                detail="source_model_name:N", order=alt.Order("scheme_title:N")
            )
        )
        layers.append(followed.mark_circle(color=VERMILION, size=70, opacity=1))
    return themed(
        alt.layer(*layers).properties(
            width=620,
            height=alt.Step(56),
            description=(
                f"Strip chart of {n_models} models under {len(present)} ways of averaging, "
                f"coloured by the rank under the {SCHEMES[reference].lower()}; a mark below a "
                f"model says that it moves by more than {LARGE_SHIFT} places."
            ),
        )
    )


SHARES = {
    "r_squared": "r² with the whole",
    "covariance_share": "covariance share",
    "shapley_share": "Shapley share",
}
"""The three measures of how much a part decides, for people."""


def share_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """How much of an average each part decides, by three measures.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_variance_shares`` of one cohort, level and whole.
    """
    order = rows.sort_values("shapley_share", ascending=False)["part"].tolist()
    long = rows.melt(["part", "weight"], list(SHARES), var_name="measure", value_name="share")
    long["measure"] = long["measure"].map(SHARES)
    dots = (
        alt.Chart(long)
        .mark_point(filled=True, size=80, opacity=0.85)
        .encode(
            x=alt.X("share:Q", axis=plain_axis("Share of the variance", format="%")),
            y=alt.Y(
                "part:N",
                sort=order,
                axis=alt.Axis(title=None, labelLimit=400, labelOverlap=False),
            ),
            color=alt.Color(
                "measure:N",
                scale=alt.Scale(domain=list(SHARES.values()), range=["#888888", GREEN, BLUE]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            shape=alt.Shape("measure:N", scale=alt.Scale(domain=list(SHARES.values()))),
            tooltip=[
                alt.Tooltip("part:N", title="Part"),
                alt.Tooltip("measure:N", title="Measure"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("weight:Q", title="Weight in the average", format=".3f"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#888888").encode(x="x:Q")
    top = rows.loc[rows["shapley_share"].idxmax()]
    return themed(
        alt.layer(zero, dots).properties(
            width=440,
            height=alt.Step(16),
            description=(
                f"Dots of the shares of {len(rows)} parts by three measures; the largest Shapley "
                f"share is {top['shapley_share']:.0%} ({top['part']})."
            ),
        )
    )


def compared_percentiles(rows: pd.DataFrame, ids: Sequence[str]) -> alt.LayerChart:
    """A few models side by side: the percentile of each on every benchmark.

    Parameters
    ----------
    rows : DataFrame
        ``benchmark_id``, ``title``, ``model_id``, ``score``, ``error``, ``score_percentile``,
        ``score_rank``, ``n_models``, in the order of the benchmarks.
    ids : sequence of str
        Values of ``model_id``, four at most.
    """
    kept = ["title", "model_id", "score", "error", "score_percentile", "score_rank", "n_models"]
    base = alt.Chart(rows[kept]).encode(
        y=alt.Y("title:N", sort=None, axis=names_above()),
        x=alt.X(
            "score_percentile:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=plain_axis("Percentile among the models of the cohort", format="%"),
        ),
    )
    spans = base.mark_rule(opacity=0.35, aria=False).encode(
        x="min(score_percentile):Q", x2="max(score_percentile):Q"
    )
    points = base.mark_point(size=70, filled=True, opacity=0.9).encode(
        **by_model(ids, "model_id"),
        tooltip=[
            alt.Tooltip("model_id:N", title="Model"),
            alt.Tooltip("title:N", title="Benchmark"),
            alt.Tooltip("score:Q", title="Score", format=".3f"),
            alt.Tooltip("error:Q", title="Published error", format=".3f"),
            alt.Tooltip("score_percentile:Q", title="Percentile", format=".0%"),
            alt.Tooltip("score_rank:Q", title="Rank"),
            alt.Tooltip("n_models:Q", title="Models scored"),
        ],
    )
    means = rows.groupby("model_id")["score_percentile"].mean()
    said = ", ".join(f"{i} {means[i]:.0%}" for i in ids if i in means and pd.notna(means[i]))
    return themed(
        alt.layer(spans, points).properties(
            width=PLOT,
            height=alt.Step(ROW),
            description=(
                f"Dot chart of the percentiles of {len(ids)} models on "
                f"{rows['title'].nunique()} benchmarks. Means: {said or 'none'}."
            ),
        )
    )


def rank_intervals(rows: pd.DataFrame, ids: Sequence[str]) -> alt.LayerChart:
    """A few models side by side: rank and 95 % interval under each scheme.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_model_rankings`` of one cohort and level.
    ids : sequence of str
        Values of ``model_id``, four at most.
    """
    rows = rows.dropna(subset=["score_rank"])
    schemes = known_first(rows["scheme"], SCHEMES)
    rows = rows.assign(scheme_title=rows["scheme"].map(SCHEMES).fillna(rows["scheme"]))
    y = alt.Y(
        "scheme_title:N",
        sort=[SCHEMES.get(s, s) for s in schemes],
        axis=alt.Axis(title=None, labelLimit=220, grid=True),
    )
    n_models = 0 if rows.empty else int(rows["n_models"].max())
    scale = alt.Scale(domain=[1, max(n_models, 2)], nice=False)
    base = alt.Chart(rows).encode(
        y=y, yOffset=alt.YOffset("model_id:N", sort=list(ids)), **by_model(ids, "model_id")
    )
    axis = plain_axis("Rank (1 = best)")
    lines = base.mark_rule(strokeWidth=2, aria=False).encode(
        x=alt.X("rank_low_benchmarks:Q", scale=scale, axis=axis), x2="rank_high_benchmarks:Q"
    )
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=alt.X("score_rank:Q", scale=scale, axis=axis),
        tooltip=[
            alt.Tooltip("model_id:N", title="Model"),
            alt.Tooltip("scheme_title:N", title="Scheme"),
            alt.Tooltip("score_rank:Q", title="Rank"),
            alt.Tooltip("rank_low_benchmarks:Q", title="95 % from (metrics)"),
            alt.Tooltip("rank_high_benchmarks:Q", title="to"),
            alt.Tooltip("rank_low_models:Q", title="95 % from (models)"),
            alt.Tooltip("rank_high_models:Q", title="to"),
            alt.Tooltip("n_benchmarks:Q", title="Metrics averaged"),
            alt.Tooltip("n_models:Q", title="Models ranked"),
        ],
    )
    medians = rows.groupby("model_id")["score_rank"].median()
    said = ", ".join(f"{i} {medians[i]:g}" for i in ids if i in medians and pd.notna(medians[i]))
    return themed(
        alt.layer(lines, points).properties(
            width=420,
            height=alt.Step(12),
            description=(
                f"Ranks of {len(ids)} models among {n_models} under {len(schemes)} ways of "
                f"averaging, with 95 % intervals. Median ranks: {said or 'none'}."
            ),
        )
    )
