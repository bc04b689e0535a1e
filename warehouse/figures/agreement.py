"""Charts of how far benchmarks agree."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.figures.marks import (
    ALPHA,
    LOOSE,
    PLOT,
    ROW,
    by_modality,
    names_above,
    order_benchmarks,
    plain_axis,
    span,
)
from warehouse.figures.theme import BLUE, GREEN, PINK, VERMILION, themed

FEW = 12
"""Up to this many benchmarks a heat map prints its numbers."""


def correlation_heatmap(
    pairs: pd.DataFrame, benchmarks: pd.DataFrame, order: Sequence[str] | None = None
) -> alt.LayerChart:
    """Square, symmetric matrix of the correlations between benchmarks.

    Parameters
    ----------
    pairs : DataFrame
        Rows of ``fct_benchmark_correlations`` of one cohort, level and method.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the names.
    order : sequence of str, optional
        Their ids from top to bottom; by default by modality, region and name.

    Returns
    -------
    altair.LayerChart
        With a point selection ``pair`` over ``benchmark_x`` and ``benchmark_y``. Cells with a
        Bonferroni-corrected p below .05 carry a dot, or a star where the numbers are printed.
    """
    order = list(order) if order is not None else order_benchmarks(benchmarks)
    titles = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))
    cells = _mirrored(pairs, titles)
    few = len(order) <= FEW
    step, size = (54, 12) if few else (11, 8) if len(order) <= 60 else (7, 6.5)
    names = [titles[b] for b in order]
    axis = {
        "title": None,
        "labelFontSize": size,
        "labelLimit": 400,
        "labelOverlap": False,
        "labelFlush": False,
    }
    axis |= {"domain": False, "ticks": False}
    base = alt.Chart(cells).encode(
        x=alt.X("name_x:N", sort=names, axis=alt.Axis(labelAngle=-90, **axis)),
        y=alt.Y("name_y:N", sort=names, axis=alt.Axis(**axis)),
    )
    chosen = alt.selection_point(name="pair", fields=["benchmark_x", "benchmark_y"])
    tiles = (
        base.mark_rect(cursor="pointer", aria=False)
        .encode(
            color=alt.Color(
                "estimate:Q",
                scale=alt.Scale(scheme="redblue", domain=[-1, 1], reverse=True),
                legend=alt.Legend(
                    title=f"Correlation ({'*' if few else '•'} p < .05 after Bonferroni)",
                    orient="top",
                    gradientLength=220,
                    titleLimit=400,
                ),
            ),
            stroke=alt.condition(chosen, alt.value("#111111"), alt.value(None), empty=False),
            strokeWidth=alt.value(2),
            tooltip=_pair_tooltip(),
        )
        .add_params(chosen)
    )
    chart = alt.layer(tiles, _numbers(base) if few else _dots(base, step))
    n_models = span(pairs["n_models"])
    return themed(
        chart.properties(
            width=alt.Step(step),
            height=alt.Step(step),
            description=(
                f"Heat map of {len(pairs)} correlations between {len(order)} benchmarks, "
                f"over {n_models} models. Mean {pairs['estimate'].mean():.2f}, "
                f"from {pairs['estimate'].min():.2f} to {pairs['estimate'].max():.2f}."
            ),
        )
    )


def _mirrored(pairs: pd.DataFrame, titles: dict[str, str]) -> pd.DataFrame:
    """Both triangles of the matrix, with what a cell shows."""
    one = pairs.rename(columns={"benchmark_a": "benchmark_x", "benchmark_b": "benchmark_y"})
    other = pairs.rename(columns={"benchmark_a": "benchmark_y", "benchmark_b": "benchmark_x"})
    cells = pd.concat([one, other], ignore_index=True)
    cells["name_x"] = cells["benchmark_x"].map(titles)
    cells["name_y"] = cells["benchmark_y"].map(titles)
    cells["interval"] = [
        f"{low:.2f} to {high:.2f}" if pd.notna(low) else "not known"
        for low, high in zip(cells["ci_low"], cells["ci_high"], strict=True)
    ]
    cells["is_significant"] = cells["p_bonferroni"] < ALPHA
    kept = ["benchmark_x", "benchmark_y", "name_x", "name_y", "estimate", "interval"]
    return cells[[*kept, "n_models", "p_value", "p_bonferroni", "is_significant"]]


def _pair_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("name_y:N", title="Metric"),
        alt.Tooltip("name_x:N", title="and metric"),
        alt.Tooltip("estimate:Q", title="Correlation", format=".3f"),
        alt.Tooltip("interval:N", title="95 % interval"),
        alt.Tooltip("n_models:Q", title="Models"),
        alt.Tooltip("p_value:Q", title="p", format=".2g"),
        alt.Tooltip("p_bonferroni:Q", title="p, Bonferroni", format=".2g"),
    ]


_ON_TILE = alt.condition("abs(datum.estimate) > 0.6", alt.value("white"), alt.value("#222222"))


def _dots(base: alt.Chart, step: int) -> alt.Chart:
    dots = base.transform_filter("datum.is_significant")
    mark = dots.mark_circle(size=step * 0.7, opacity=1, tooltip=None, aria=False)
    return mark.encode(color=_ON_TILE)


def _numbers(base: alt.Chart) -> alt.Chart:
    label = "format(datum.estimate, '.2f') + (datum.is_significant ? '*' : '')"
    return (
        base.transform_calculate(label=label)
        .transform_filter("isValid(datum.estimate)")
        .mark_text(fontSize=12, tooltip=None)
        .encode(text="label:N", color=_ON_TILE)
    )


def pair_scatter(
    scores: pd.DataFrame,
    benchmark_a: str,
    benchmark_b: str,
    titles: dict[str, str] | None = None,
    *,
    axes: str = "raw",
    labelled: Sequence[str] = (),
) -> alt.LayerChart:
    """Two benchmarks against each other, one point per model that both scored.

    Parameters
    ----------
    scores : DataFrame
        Rows of ``fct_scores_normalized`` of one cohort and level, with both benchmarks.
    benchmark_a, benchmark_b : str
        Benchmarks on the x and the y axis.
    titles : dict, optional
        Names of the benchmarks for people.
    axes : str
        ``raw`` (higher is better) or ``rank`` (among the shared models, 1 = best).
    labelled : sequence of str
        Names of the models to write beside their points.
    """
    titles = titles or {}
    points = shared_models(scores, benchmark_a, benchmark_b)
    is_rank = axes == "rank"
    columns = ("rank_a", "rank_b") if is_rank else ("score_a", "score_b")
    x, y = (
        _axis(column, titles.get(b, b), is_rank)
        for column, b in zip(columns, (benchmark_a, benchmark_b), strict=True)
    )
    base = alt.Chart(points).encode(
        x=alt.X(f"{columns[0]}:Q", **x),
        y=alt.Y(f"{columns[1]}:Q", **y),
        tooltip=[
            alt.Tooltip("source_model_name:N", title="Model"),
            alt.Tooltip("score_a:Q", title=titles.get(benchmark_a, benchmark_a), format=".3f"),
            alt.Tooltip("score_b:Q", title=titles.get(benchmark_b, benchmark_b), format=".3f"),
            alt.Tooltip("rank_a:Q", title="Rank, first metric"),
            alt.Tooltip("rank_b:Q", title="Rank, second metric"),
        ],
    )
    named = base.transform_filter(
        alt.FieldOneOfPredicate(field="source_model_name", oneOf=list(labelled))
    )
    layers = [base.mark_circle(size=55, color=BLUE, opacity=0.6)]
    if labelled:
        text = {"align": "left", "dx": 8, "color": VERMILION, "fontSize": 11, "limit": 200}
        layers.append(named.mark_circle(size=90, color=VERMILION, opacity=1))
        layers.append(named.mark_text(**text).encode(text="source_model_name:N"))
    chart = alt.layer(*layers).properties(
        width=420,
        height=420,
        description=(
            f"Scatter plot of {len(points)} models: {titles.get(benchmark_a, benchmark_a)} "
            f"against {titles.get(benchmark_b, benchmark_b)}, {axes} axes."
        ),
    )
    return themed(chart)


def shared_models(scores: pd.DataFrame, benchmark_a: str, benchmark_b: str) -> pd.DataFrame:
    """One row per model scored on both benchmarks, with scores and ranks among those models."""
    key = ["source_model_key", "variant_id"]
    first, second = (
        scores.loc[scores["benchmark_id"] == b, [*key, "source_model_name", "score_directed"]]
        for b in (benchmark_a, benchmark_b)
    )
    points = first.merge(second.drop(columns="source_model_name"), on=key, suffixes=("_a", "_b"))
    points = points.rename(columns={"score_directed_a": "score_a", "score_directed_b": "score_b"})
    points = points.dropna(subset=["score_a", "score_b"])
    points["rank_a"] = points["score_a"].rank(ascending=False)
    points["rank_b"] = points["score_b"].rank(ascending=False)
    return points


def _axis(column: str, title: str, is_rank: bool) -> dict:
    scale = alt.Scale(zero=False, reverse=is_rank, nice=not is_rank, padding=8)
    shown = f"{title} (rank, 1 = best)" if is_rank else title
    return {"scale": scale, "axis": alt.Axis(title=shown, tickCount=6, titleLimit=400)}


def agreement_dots(agreement: pd.DataFrame) -> alt.LayerChart:
    """Mean correlation of each cohort, beside its means within and across modalities.

    Parameters
    ----------
    agreement : DataFrame
        Rows of ``rpt_cohort_agreement`` of one method. A line is the 95 % interval of the mean over
        architecture families, where it is known.
    """
    kinds = {
        "mean_estimate": "all",
        "mean_within_neural": "neural",
        "mean_within_behaviour": "behavioural",
        "mean_between_modalities": "one of each",
    }
    long = agreement.melt(
        id_vars=["cohort_id", "n_models", "n_benchmarks"],
        value_vars=list(kinds),
        var_name="column",
        value_name="mean",
    ).dropna(subset=["mean"])
    long["pairs"] = long["column"].map(kinds)
    order = agreement.sort_values("mean_estimate")["cohort_id"].tolist()
    base = alt.Chart(long).encode(
        x=alt.X("mean:Q", axis=alt.Axis(title="Mean correlation", tickCount=6)),
        y=alt.Y("cohort_id:N", sort=order, axis=alt.Axis(title=None, labelLimit=220)),
    )
    dots = base.mark_point(filled=True, size=90, opacity=0.9).encode(
        color=alt.Color(
            "pairs:N",
            scale=alt.Scale(domain=list(kinds.values()), range=[BLUE, GREEN, VERMILION, PINK]),
            legend=alt.Legend(title="Mean over pairs of", orient="top", columns=2, symbolLimit=0),
        ),
        shape=alt.Shape(
            "pairs:N",
            scale=alt.Scale(
                domain=list(kinds.values()), range=["circle", "square", "triangle-up", "diamond"]
            ),
        ),
        tooltip=[
            alt.Tooltip("cohort_id:N", title="Cohort"),
            alt.Tooltip("pairs:N", title="Pairs of"),
            alt.Tooltip("mean:Q", title="Mean correlation", format=".3f"),
            alt.Tooltip("n_models:Q", title="Models"),
            alt.Tooltip("n_benchmarks:Q", title="Metrics"),
        ],
    )
    spans = (
        alt.Chart(agreement.dropna(subset=["family_boot_low"]))
        .mark_rule(color=BLUE, strokeWidth=2, opacity=0.6)
        .encode(
            x="family_boot_low:Q",
            x2="family_boot_high:Q",
            y=alt.Y("cohort_id:N", sort=order),
            tooltip=[
                alt.Tooltip("cohort_id:N", title="Cohort"),
                alt.Tooltip("family_boot_low:Q", title="Mean, 95 % from", format=".3f"),
                alt.Tooltip("family_boot_high:Q", title="to", format=".3f"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#888888").encode(x="x:Q")
    return themed(
        alt.layer(zero, spans, dots).properties(
            width=520,
            height=alt.Step(22),
            description=(
                f"Dot chart of the mean correlation between metrics in {len(agreement)} cohorts, "
                f"from {agreement['mean_estimate'].min():.2f} "
                f"to {agreement['mean_estimate'].max():.2f}."
            ),
        )
    )


def sensitivity_lines(rows: pd.DataFrame, title: str) -> alt.LayerChart:
    """Mean correlation as models leave, one line per cohort.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_agreement_sensitivity`` of one axis.
    title : str
        What the threshold is.
    """
    cohorts = sorted(rows["cohort_id"].unique())
    lines = (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=60))
        .encode(
            x=alt.X("threshold:Q", axis=plain_axis(title)),
            y=alt.Y("mean_estimate:Q", axis=plain_axis("Mean correlation")),
            color=alt.Color(
                "cohort_id:N",
                scale=alt.Scale(domain=cohorts, range=[BLUE, VERMILION, GREEN, PINK]),
                legend=alt.Legend(title="Cohort", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("cohort_id:N", title="Cohort"),
                alt.Tooltip("threshold:Q", title="Threshold"),
                alt.Tooltip("mean_estimate:Q", title="Mean correlation", format=".3f"),
                alt.Tooltip("n_models:Q", title="Models"),
                alt.Tooltip("min_pair_models:Q", title="Fewest models in a pair"),
            ],
        )
    )
    return themed(
        alt.layer(lines).properties(
            width=480,
            height=300,
            description=(
                f"Mean correlation in {len(cohorts)} cohorts at {rows['threshold'].nunique()} "
                f"thresholds, from {rows['mean_estimate'].min():.2f} "
                f"to {rows['mean_estimate'].max():.2f}."
            ),
        )
    )


def scree(rows: pd.DataFrame) -> alt.LayerChart:
    """Eigenvalues of a cohort beside those of unrelated metrics.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_cohort_dimensions`` of one cohort.
    """
    axis = alt.Axis(title="Component", tickMinStep=1, format="d")
    base = alt.Chart(rows).encode(
        x=alt.X("component:Q", axis=axis),
        tooltip=[
            alt.Tooltip("component:Q", title="Component"),
            alt.Tooltip("eigenvalue:Q", title="Eigenvalue", format=".2f"),
            alt.Tooltip("parallel_threshold:Q", title="95 % of random ones", format=".2f"),
            alt.Tooltip("explained_share:Q", title="Explains", format=".1%"),
            alt.Tooltip("cumulative_share:Q", title="up to here", format=".1%"),
        ],
    )
    found = base.mark_line(color=BLUE, point=alt.OverlayMarkDef(color=BLUE, size=60)).encode(
        y=alt.Y("eigenvalue:Q", axis=plain_axis("Eigenvalue"))
    )
    chance = base.mark_line(color=VERMILION, strokeDash=[5, 4]).encode(
        y=alt.Y("parallel_threshold:Q")
    )
    n = int(rows["is_above_chance"].sum())
    return themed(
        alt.layer(chance, found).properties(
            width=480,
            height=280,
            description=(
                f"Scree plot of {len(rows)} components; {n} lie above the dashed line of "
                "unrelated metrics."
            ),
        )
    )


def stability_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """How alike the orders by a composite are in two months.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_composite_stability``.
    """
    kinds = sorted(rows["comparison"].unique())
    lines = (
        alt.Chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=25))
        .encode(
            x=alt.X("earlier_date:T", axis=plain_axis("Month")),
            y=alt.Y("estimate:Q", scale=LOOSE, axis=plain_axis("Spearman of the two orders")),
            color=alt.Color(
                "comparison:N",
                scale=alt.Scale(domain=kinds, range=[BLUE, VERMILION, GREEN]),
                legend=alt.Legend(title="Compared", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("earlier_date:T", title="Month"),
                alt.Tooltip("later_date:T", title="with"),
                alt.Tooltip("estimate:Q", title="Spearman", format=".3f"),
                alt.Tooltip("n_models:Q", title="Models in both"),
                alt.Tooltip("largest_rank_shift:Q", title="Largest shift"),
            ],
        )
    )
    return themed(
        alt.layer(lines).properties(
            width=520,
            height=280,
            description=(
                f"Lines of the Spearman between the orders of models in {len(rows)} pairs of "
                f"months, from {rows['estimate'].min():.2f} to {rows['estimate'].max():.2f}."
            ),
        )
    )


def correlate_dots(rows: pd.DataFrame) -> alt.LayerChart:
    """What a benchmark goes with, and against what: correlations with their intervals.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_benchmark_correlations`` that hold one benchmark, with ``title`` and
        ``modality`` of the other one.
    """
    order = rows.sort_values("estimate", ascending=False)["title"].tolist()
    x = {"scale": alt.Scale(domain=[-1, 1]), "axis": plain_axis("Correlation")}
    base = alt.Chart(rows).encode(
        y=alt.Y("title:N", sort=order, axis=names_above()),
        tooltip=[
            alt.Tooltip("title:N", title="Benchmark"),
            alt.Tooltip("estimate:Q", title="Correlation", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % from", format=".2f"),
            alt.Tooltip("ci_high:Q", title="to", format=".2f"),
            alt.Tooltip("family_boot_low:Q", title="95 % over families, from", format=".2f"),
            alt.Tooltip("family_boot_high:Q", title="to", format=".2f"),
            alt.Tooltip("n_models:Q", title="Models"),
            alt.Tooltip("p_bonferroni:Q", title="p, Bonferroni", format=".2g"),
        ],
    )
    zero = (
        alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#999999").encode(x=alt.X("x:Q", **x))
    )
    return themed(
        alt.layer(
            zero,
            base.mark_rule(strokeWidth=2, opacity=0.6).encode(
                x=alt.X("ci_low:Q", **x), x2="ci_high:Q", color=by_modality(rows)["color"]
            ),
            base.mark_point(filled=True, size=70, opacity=1).encode(
                x=alt.X("estimate:Q", **x), **by_modality(rows)
            ),
        ).properties(
            width=PLOT,
            height=alt.Step(ROW),
            description=(
                f"Correlations of one benchmark with {len(rows)} others, from "
                f"{rows['estimate'].min():.2f} to {rows['estimate'].max():.2f}."
            ),
        )
    )
