"""Each chart once: the app draws it, the paper pack saves it, so the two cannot differ.

Every function takes a data frame and gives an Altair chart. No colours of text or background are
set, so that a chart follows the light or dark theme of the app and is black on white in print.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import vl_convert

FONT = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
BLUE, GREEN, VERMILION, PINK = "#0072b2", "#009e73", "#d55e00", "#cc79a7"
"""Okabe and Ito's colours, distinct for colour-blind readers, legible on white and on black."""

RANKS = ["#2f5d9b", "#7a9a8f", "#e0a63a"]
"""Best to worst; the lightness rises with the rank, so grey print keeps the order."""

MODALITIES = ["neural", "behavioural", "engineering"]
REGIONS = ["V1", "V2", "V4", "IT", "behaviour"]
ALPHA = 0.05
FEW = 12
"""Up to this many benchmarks a heat map prints its numbers."""

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


_ALTAIR = threading.Lock()
"""What Altair does with rows is one setting for all threads: hold it while it is another."""


def specification(chart: alt.TopLevelMixin) -> dict:
    """What a browser draws a chart from; its rows are data frames under ``datasets``."""
    frames: dict[str, pd.DataFrame] = {}

    def by_name(data: pd.DataFrame) -> dict[str, str]:
        known = next((name for name, frame in frames.items() if frame is data), None)
        name = known or f"rows_{len(frames)}"
        frames[name] = data
        return {"name": name}

    with _ALTAIR:
        alt.data_transformers.register("by_name", by_name)
        with alt.theme.enable("none"), alt.data_transformers.enable("by_name"):
            spec = chart.to_dict()
    return spec | {"datasets": frames}


_RENDERING = threading.BoundedSemaphore(2)
"""A picture of a large heat map takes seconds; more at a time would starve the readers."""

_VEGA_LITE = "_".join(alt.SCHEMA_VERSION.split(".")[:2])


def save(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write a chart as SVG, PDF or PNG (by the suffix), whatever its number of rows."""
    made = {"svg": svg, "png": png, "pdf": pdf}[path.suffix[1:]](chart)
    path.write_bytes(made.encode() if isinstance(made, str) else made)
    return path


def svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as the text of an SVG file."""
    with _RENDERING:
        return vl_convert.vegalite_to_svg(_with_rows(chart), vl_version=_VEGA_LITE)


def png(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as the bytes of a PNG file, for print."""
    with _RENDERING:
        return vl_convert.vegalite_to_png(_with_rows(chart), vl_version=_VEGA_LITE, ppi=200)


def pdf(chart: alt.TopLevelMixin) -> bytes:
    """Return a chart as the bytes of a PDF file."""
    with _RENDERING:
        return vl_convert.vegalite_to_pdf(_with_rows(chart), vl_version=_VEGA_LITE)


def _with_rows(chart: alt.TopLevelMixin) -> dict:
    with _ALTAIR, alt.data_transformers.enable("default", max_rows=None):
        return chart.to_dict()


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
    return _themed(
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


def metric_heatmap(pairs: pd.DataFrame) -> alt.LayerChart:
    """Heat map of Figures 1 and 5: metrics of several kinds, in the order of the paper.

    Parameters
    ----------
    pairs : DataFrame
        Rows of ``rpt_ahlert2024_fig1_correlations`` or ``rpt_ahlert2024_fig5_correlations``, both
        halves. A metric that is not public keeps its row and column, which are empty.
    """
    names = pairs.sort_values("position_a").drop_duplicates("metric_a")
    benchmarks = names.rename(columns={"metric_a": "benchmark_id", "label_a": "title"})
    half = pairs[pairs["position_a"] < pairs["position_b"]]
    half = half.rename(columns={"metric_a": "benchmark_a", "metric_b": "benchmark_b"})
    return correlation_heatmap(half, benchmarks, order=benchmarks["benchmark_id"].tolist())


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
    return _themed(chart)


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
    return _themed(
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


def known_first(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Put values in the order of the known ones; others follow by name."""
    known, found = list(known), set(found)
    return [k for k in known if k in found] + sorted(found - set(known))


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
    return _themed(
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
            x=alt.X("threshold:Q", axis=_plain_axis(title)),
            y=alt.Y("mean_estimate:Q", axis=_plain_axis("Mean correlation")),
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
    return _themed(
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
        y=alt.Y("eigenvalue:Q", axis=_plain_axis("Eigenvalue"))
    )
    chance = base.mark_line(color=VERMILION, strokeDash=[5, 4]).encode(
        y=alt.Y("parallel_threshold:Q")
    )
    n = int(rows["is_above_chance"].sum())
    return _themed(
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
            x=alt.X("earlier_date:T", axis=_plain_axis("Month")),
            y=alt.Y("estimate:Q", scale=_LOOSE, axis=_plain_axis("Spearman of the two orders")),
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
    return _themed(
        alt.layer(lines).properties(
            width=520,
            height=280,
            description=(
                f"Lines of the Spearman between the orders of models in {len(rows)} pairs of "
                f"months, from {rows['estimate'].min():.2f} to {rows['estimate'].max():.2f}."
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
            x=alt.X("share:Q", axis=_plain_axis("Share of the variance", format="%")),
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
    return _themed(
        alt.layer(zero, dots).properties(
            width=440,
            height=alt.Step(16),
            description=(
                f"Dots of the shares of {len(rows)} parts by three measures; the largest Shapley "
                f"share is {top['shapley_share']:.0%} ({top['part']})."
            ),
        )
    )


def neural_behaviour(rows: pd.DataFrame) -> alt.HConcatChart:
    """Neural against behavioural averages, raw and z-transformed (Figure 2).

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_ahlert2024_fig2_neural_behaviour`` of one cohort.
    """
    colour = alt.Color(
        "overall_rank:Q",
        scale=alt.Scale(range=RANKS, domain=[1, max(len(rows), 2)]),
        legend=alt.Legend(title="Rank by the overall average", orient="top", titleLimit=300),
    )
    panels = [
        alt.Chart(rows)
        .mark_circle(size=55, opacity=0.8)
        .encode(
            x=alt.X(f"score_neural{end}:Q", scale=_LOOSE, axis=_plain_axis(f"Neural{unit}")),
            y=alt.Y(f"score_behaviour{end}:Q", scale=_LOOSE, axis=_plain_axis(f"Behaviour{unit}")),
            color=colour,
            tooltip=_average_tooltip(
                alt.Tooltip("overall_rank:Q", title="Rank, overall"),
                alt.Tooltip("neural_rank:Q", title="Rank, neural"),
            ),
        )
        .properties(width=330, height=330)
        for end, unit in (("", " average"), ("_z", " average, z-score"))
    ]
    first = rows.iloc[0]
    return _themed(
        alt.hconcat(*panels).properties(
            description=(
                f"Two scatter plots of {len(rows)} models, neural against behavioural average, "
                "raw and z-transformed. Squared correlation with the overall average: "
                f"neural {first['r2_neural']:.2f}, behaviour {first['r2_behaviour']:.2f}."
            )
        )
    )


def distributions(rows: pd.DataFrame) -> alt.LayerChart:
    """Densities of the averages of V1, V2, V4 and IT, with every model as a tick (Figure 6).

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_ahlert2024_fig6_distributions`` of one cohort.
    """
    areas = known_first(rows["benchmark_id"], REGIONS)
    colour = alt.Color(
        "benchmark_id:N",
        scale=alt.Scale(domain=areas, range=[BLUE, GREEN, VERMILION, PINK]),
        legend=alt.Legend(title="Average over", orient="top", symbolOpacity=1),
    )
    width = rows["score"].max() - rows["score"].min()
    low, high = rows["score"].min() - 0.1 * width, rows["score"].max() + 0.1 * width
    axis = _plain_axis("Average score of the area")
    x = alt.X("score:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)
    curves = (
        alt.Chart(rows)
        .transform_density(
            "score", as_=["score", "density"], groupby=["benchmark_id"], extent=[low, high]
        )
        .mark_area(opacity=0.25, line=True)
        .encode(x=x, y=alt.Y("density:Q", stack=None, axis=_plain_axis("Density")), color=colour)
    )
    ticks = (
        alt.Chart(rows)
        .mark_tick(thickness=1, bandSize=8, opacity=0.7)
        .encode(
            x=x,
            y=alt.value(326),
            color=colour,
            tooltip=[
                alt.Tooltip("source_model_name:N", title="Model"),
                alt.Tooltip("benchmark_id:N", title="Area"),
                alt.Tooltip("score:Q", title="Average", format=".3f"),
            ],
        )
    )
    means = rows.groupby("benchmark_id")["score"].mean()
    shown = ", ".join(f"{area} {means[area]:.2f}" for area in areas)
    return _themed(
        alt.layer(curves, ticks).properties(
            width=520,
            height=330,
            description=(
                f"Densities of the averages of {len(areas)} areas over "
                f"{span(rows['n_models'])} models. Means: {shown}."
            ),
        )
    )


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
            x=alt.X("score_neural:Q", scale=_LOOSE, axis=_plain_axis("Neural average")),
            y=alt.Y("score_behaviour:Q", scale=_LOOSE, axis=_plain_axis("Behavioural average")),
            color=alt.Color(
                "n_scored:Q",
                scale=alt.Scale(scheme="viridis", reverse=True),
                legend=alt.Legend(title="Non-zero scores", orient="top", gradientLength=220),
            ),
            tooltip=_average_tooltip(
                alt.Tooltip("n_scored:Q", title="Non-zero scores"),
                alt.Tooltip("n_missing:Q", title="Missing"),
            ),
        )
    )
    return _themed(
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
            x=alt.X(
                "n_cells:Q", stack="normalize", axis=_plain_axis("Share of models", format="%")
            ),
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
    return _themed(
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
    x = alt.X("zero_rank:Q", axis=_plain_axis("Rank when missing counts as zero"))
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
    y = alt.Y("best_rank:Q", scale=alt.Scale(reverse=True), axis=_plain_axis("Rank (1 = best)"))
    spans = base.mark_rule(strokeWidth=1, opacity=0.5, color=BLUE).encode(y=y, y2="worst_rank:Q")
    points = base.mark_circle(size=14, color=VERMILION, opacity=1).encode(y="zero_rank:Q")
    exact = int((rows["best_rank"] == rows["worst_rank"]).sum())
    return _themed(
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
            x=alt.X("mean_spearman:Q", axis=_plain_axis("Mean correlation between metrics")),
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
    return _themed(
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


HUMAN, MODEL = VERMILION, BLUE
"""People and models, on every chart of trials."""


def consistency_scatter(
    models: pd.DataFrame, people: pd.DataFrame, *, labelled: Sequence[str] = ()
) -> alt.LayerChart:
    """Error consistency with people against accuracy, with the band of people among themselves.

    Parameters
    ----------
    models : DataFrame
        Rows of ``fct_dataset_behaviours`` of one dataset or of ``fct_behaviour_summary``.
    people : DataFrame
        The row of ``rpt_human_ceilings`` of the same dataset, or none.
    labelled : sequence of str
        Observers to write beside their points.
    """
    drawn = models.dropna(subset=["ood_accuracy", "error_consistency"])
    x = alt.X("ood_accuracy:Q", scale=_LOOSE, axis=_plain_axis("Accuracy", format="%"))
    kappa = {"scale": _LOOSE, "axis": _plain_axis("Error consistency with people (κ)")}
    y = alt.Y("error_consistency:Q", **kappa)
    base = alt.Chart(drawn).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("observer_id:N", title="Model"),
            alt.Tooltip("source_id:N", title="Source"),
            alt.Tooltip("error_consistency:Q", title="κ with people", format=".3f"),
            alt.Tooltip("error_consistency_ci_low:Q", title="κ, 95 % from", format=".3f"),
            alt.Tooltip("error_consistency_ci_high:Q", title="κ, 95 % to", format=".3f"),
            alt.Tooltip("observed_consistency:Q", title="Observed consistency", format=".3f"),
            alt.Tooltip("ood_accuracy:Q", title="Accuracy", format=".1%"),
            alt.Tooltip("accuracy_difference:Q", title="Accuracy difference", format=".4f"),
            *([alt.Tooltip("n_trials:Q", title="Trials")] if "n_trials" in drawn else []),
            *([alt.Tooltip("n_subjects:Q", title="People")] if "n_subjects" in drawn else []),
            *([alt.Tooltip("n_datasets:Q", title="Datasets")] if "n_datasets" in drawn else []),
        ],
    )
    layers: list[alt.Chart] = []
    band = people.dropna(subset=["error_consistency"])
    if not band.empty:
        tooltip = [
            alt.Tooltip("error_consistency:Q", title="κ between people", format=".3f"),
            alt.Tooltip("error_consistency_min:Q", title="least consistent person", format=".3f"),
            alt.Tooltip("error_consistency_max:Q", title="most consistent person", format=".3f"),
            alt.Tooltip("n_subjects:Q", title="People"),
        ]
        layers += [
            alt.Chart(band)
            .mark_rect(color=HUMAN, opacity=0.15)
            .encode(
                y=alt.Y("error_consistency_min:Q", **kappa),
                y2="error_consistency_max:Q",
                tooltip=tooltip,
            ),
            alt.Chart(band)
            .mark_rule(color=HUMAN, strokeDash=[5, 4], strokeWidth=2)
            .encode(y=y, tooltip=tooltip),
        ]
    interval = {"y": alt.Y("error_consistency_ci_low:Q", **kappa)}
    layers.append(
        base.mark_rule(color=MODEL, opacity=0.35, aria=False).encode(
            **interval, y2="error_consistency_ci_high"
        )
    )
    layers.append(base.mark_circle(size=70, color=MODEL, opacity=0.8))
    if labelled:
        text = {"align": "left", "dx": 8, "fontSize": 11, "limit": 200, "color": "#666666"}
        named = base.transform_filter(
            alt.FieldOneOfPredicate(field="observer_id", oneOf=list(labelled))
        )
        layers.append(named.mark_text(**text).encode(text="observer_id:N"))
    return _themed(
        alt.layer(*layers).properties(
            width=520,
            height=380,
            description=(
                f"Scatter plot of {len(drawn)} models, error consistency with people against "
                "accuracy with 95 % intervals; the band is where people lie among themselves."
            ),
        )
    )


def shape_bias_lines(rows: pd.DataFrame, *, followed: Sequence[str] = ()) -> alt.LayerChart:
    """Shape bias by category: people, and every model, with the mean of each as a line.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_shape_bias`` with a category.
    followed : sequence of str
        Observers drawn with a line of their own.
    """
    rows = rows.dropna(subset=["category", "shape_bias"]).copy()
    rows["who"] = rows["is_human"].map({True: "people", False: "models"})
    by_people = rows[rows["is_human"]].groupby("category")["shape_bias"].mean()
    order = by_people.sort_values(ascending=False).index.tolist()
    order += sorted(set(rows["category"]) - set(order))
    colour = alt.Color(
        "who:N",
        scale=alt.Scale(domain=["people", "models"], range=[HUMAN, MODEL]),
        legend=alt.Legend(title=None, orient="top"),
    )
    y = alt.Y("category:N", sort=order, axis=alt.Axis(title=None, labelOverlap=False))
    x = alt.X(
        "shape_bias:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=_plain_axis("Decides by texture (0) … by shape (1)"),
    )
    tooltip = [
        alt.Tooltip("observer_id:N", title="Observer"),
        alt.Tooltip("category:N", title="Category"),
        alt.Tooltip("shape_bias:Q", title="Shape bias", format=".3f"),
        alt.Tooltip("ci_low:Q", title="95 % from", format=".3f"),
        alt.Tooltip("ci_high:Q", title="to", format=".3f"),
        alt.Tooltip("n:Q", title="Shape or texture answers"),
    ]
    base = alt.Chart(rows).encode(x=x, y=y, color=colour)
    means = rows.groupby("who", as_index=False)["shape_bias"].mean()
    layers = [
        base.mark_circle(size=34, opacity=0.35).encode(tooltip=tooltip),
        base.mark_tick(thickness=3, size=18, opacity=1).encode(x=alt.X("mean(shape_bias):Q")),
        alt.Chart(means)
        .mark_rule(strokeDash=[5, 4], strokeWidth=2)
        .encode(x=alt.X("shape_bias:Q"), color=colour),
    ]
    if followed:
        kept = alt.FieldOneOfPredicate(field="observer_id", oneOf=list(followed))
        layers.append(
            base.transform_filter(kept)
            .mark_line(point=True, strokeWidth=2)
            .encode(detail="observer_id:N", order="category:N", tooltip=tooltip)
        )
    n_people = rows.loc[rows["is_human"], "observer_id"].nunique()
    n_models = rows.loc[~rows["is_human"], ["source_id", "observer_id"]].drop_duplicates().shape[0]
    return _themed(
        alt.layer(*layers).properties(
            width=480,
            height=alt.Step(24),
            description=(
                f"Shape bias of {n_people} people and {n_models} models in {len(order)} "
                "categories; ticks are means by category, dashed lines means over all."
            ),
        )
    )


def accuracy_lines(rows: pd.DataFrame, *, shown: Sequence[str] = ()) -> alt.LayerChart:
    """Accuracy against the strength of a distortion: people as mean and range, models as lines.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_ood_accuracy`` of one dataset, single conditions.
    shown : sequence of str
        Models drawn in colour; the others stay grey.
    """
    rows = rows.dropna(subset=["position"]).copy()
    order = rows.sort_values("position")["condition"].drop_duplicates().tolist()
    left_out = sorted(rows.loc[rows["is_excluded"], "condition"].unique(), key=order.index)
    models = rows[~rows["is_human"]].copy()
    models["line"] = models["observer_id"].where(models["observer_id"].isin(shown), "other models")
    people = rows[rows["is_human"]].groupby("condition", as_index=False)["accuracy"]
    people = people.agg(["mean", "min", "max", "count"]).reset_index()
    n_people = rows.loc[rows["is_human"], "observer_id"].nunique()
    x = alt.X(
        "condition:N",
        sort=order,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(title="Condition, weak to strong", labelAngle=0, labelOverlap=False),
    )
    axis = _plain_axis("Accuracy", format="%")
    y = alt.Y("accuracy:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    tooltip = [
        alt.Tooltip("observer_id:N", title="Model"),
        alt.Tooltip("condition:N", title="Condition"),
        alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
        alt.Tooltip("ci_low:Q", title="95 % from", format=".1%"),
        alt.Tooltip("ci_high:Q", title="to", format=".1%"),
        alt.Tooltip("n_trials:Q", title="Trials"),
    ]
    lines = alt.Chart(models).encode(
        x=x, y=y, detail=["source_id:N", "observer_id:N"], tooltip=tooltip
    )
    grey = lines.transform_filter("datum.line == 'other models'")
    layers = [grey.mark_line(color="#999999", opacity=0.35, strokeWidth=1)]
    if len(people):
        about = [
            alt.Tooltip("condition:N", title="Condition"),
            alt.Tooltip("mean:Q", title="People", format=".1%"),
            alt.Tooltip("min:Q", title="lowest", format=".1%"),
            alt.Tooltip("max:Q", title="highest", format=".1%"),
            alt.Tooltip("count:Q", title="People"),
        ]
        drawn = alt.Chart(people).encode(x=x, tooltip=about)
        layers += [
            drawn.mark_area(color=HUMAN, opacity=0.18).encode(
                y=alt.Y("min:Q", axis=axis), y2="max:Q"
            ),
            drawn.mark_line(color=HUMAN, strokeWidth=3, point={"color": HUMAN}).encode(
                y=alt.Y("mean:Q", axis=axis)
            ),
        ]
    if len(shown):
        named = lines.transform_filter("datum.line != 'other models'").encode(
            color=alt.Color(
                "line:N",
                scale=alt.Scale(domain=list(shown), range=[BLUE, GREEN, PINK, "#56b4e9"]),
                legend=alt.Legend(title="Model", orient="top"),
            )
        )
        layers.append(named.mark_line(strokeWidth=2, point=True))
    return _themed(
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(
            width=560,
            height=340,
            description=(
                f"Accuracy of {n_people} people (band: lowest to highest) and "
                f"{models[['source_id', 'observer_id']].drop_duplicates().shape[0]} models in "
                f"{len(order)} conditions"
                + (f"; averages leave out {', '.join(left_out)}." if left_out else ".")
            ),
        )
    )


def image_scatter(rows: pd.DataFrame) -> alt.LayerChart:
    """Images by the share of people and of models that recognise them.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_image_disagreements`` of one dataset.
    """
    cells = rows.groupby(["human_accuracy", "model_accuracy"], as_index=False).agg(
        n_images=("image_key", "size"), example=("image_key", "first")
    )
    points = (
        alt.Chart(cells)
        .mark_circle(color=MODEL, opacity=0.6)
        .encode(
            x=alt.X("human_accuracy:Q", axis=_plain_axis("Share of people right", format="%")),
            y=alt.Y("model_accuracy:Q", axis=_plain_axis("Share of models right", format="%")),
            size=alt.Size("n_images:Q", legend=alt.Legend(title="Images", orient="top")),
            tooltip=[
                alt.Tooltip("human_accuracy:Q", title="People right", format=".0%"),
                alt.Tooltip("model_accuracy:Q", title="Models right", format=".0%"),
                alt.Tooltip("n_images:Q", title="Images"),
                alt.Tooltip("example:N", title="for example"),
            ],
        )
    )
    line = alt.Chart(pd.DataFrame({"x": [0, 1]})).mark_line(color="#888888", strokeDash=[4, 4])
    return _themed(
        alt.layer(line.encode(x="x:Q", y="x:Q"), points).properties(
            width=420,
            height=420,
            description=(
                f"Scatter plot of {len(rows)} images by the share of people and the share of "
                "models that recognise them; on the diagonal the two are equal."
            ),
        )
    )


def confusion_heatmap(rows: pd.DataFrame) -> alt.LayerChart:
    """What an observer answered to each category.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_confusions`` of one observer and dataset.
    """
    order = sorted(rows["category"].unique())
    answers = [*order, *sorted(set(rows["response"]) - set(order))]
    base = alt.Chart(rows).encode(
        x=alt.X("response:N", sort=answers, axis=alt.Axis(title="Answer", labelAngle=-90)),
        y=alt.Y("category:N", sort=order, axis=alt.Axis(title="Category")),
    )
    tiles = base.mark_rect().encode(
        color=alt.Color(
            "share:Q",
            scale=alt.Scale(scheme="blues", domain=[0, 1]),
            legend=alt.Legend(title="Share of the category", orient="top", format="%"),
        ),
        tooltip=[
            alt.Tooltip("category:N", title="Category"),
            alt.Tooltip("response:N", title="Answer"),
            alt.Tooltip("n_trials:Q", title="Trials"),
            alt.Tooltip("share:Q", title="Share", format=".1%"),
        ],
    )
    right = rows.loc[rows["category"] == rows["response"], "n_trials"].sum()
    return _themed(
        alt.layer(tiles).properties(
            width=alt.Step(24),
            height=alt.Step(24),
            description=(
                f"Confusion matrix of {rows['n_trials'].sum():,} answers; "
                f"{right / rows['n_trials'].sum():.0%} name the category."
            ),
        )
    )


def alignment_dots(rows: pd.DataFrame, ceiling: pd.DataFrame) -> alt.LayerChart:
    """Alignment of each model with its interval, untrained networks by architecture, the ceiling.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_alignment`` of one stimulus set, target and metric; ``shown_as`` names the
        line that a model stands on, which untrained networks of one architecture share.
    ceiling : DataFrame
        The row of ``fct_alignment_ceilings`` that holds for them, or none.
    """
    rows = rows.assign(kind=rows["is_control"].map({True: "untrained", False: "pretrained"}))
    order = rows.sort_values(["is_control", "estimate"], ascending=[True, False])["shown_as"]
    y = alt.Y(
        "shown_as:N", sort=list(dict.fromkeys(order)), axis=alt.Axis(title=None, labelLimit=240)
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["pretrained", "untrained"], range=[MODEL, "#888888"]),
        legend=alt.Legend(title="Model", orient="top"),
    )
    tooltip = [
        alt.Tooltip("source_model_key:N", title="Model"),
        alt.Tooltip("estimate:Q", title="Alignment", format=".3f"),
        alt.Tooltip("ci_low:Q", title="95 % over images, from", format=".3f"),
        alt.Tooltip("ci_high:Q", title="to", format=".3f"),
        alt.Tooltip("ci_low_people:Q", title="95 % over people, from", format=".3f"),
        alt.Tooltip("ci_high_people:Q", title="to", format=".3f"),
        alt.Tooltip("people_interval:N", title="Interval over people"),
        alt.Tooltip("n_compared:Q", title="Pairs or triplets", format=","),
    ]
    x = _plain_axis("Alignment")
    lines = alt.Chart(rows[~rows["is_control"]]).encode(y=y, color=colour, tooltip=tooltip)
    points = alt.Chart(rows).encode(y=y, color=colour, tooltip=tooltip)
    layers = [
        lines.mark_rule(strokeWidth=2, opacity=0.6).encode(
            x=alt.X("ci_low:Q", axis=x), x2="ci_high:Q"
        ),
        points.mark_point(filled=True, size=70, opacity=0.85).encode(x=alt.X("estimate:Q", axis=x)),
    ]
    if not ceiling.empty:
        tip = [
            alt.Tooltip("method:N", title="Ceiling"),
            alt.Tooltip("estimate:Q", title="Mean of the splits", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % of the splits, from", format=".3f"),
            alt.Tooltip("ci_high:Q", title="to", format=".3f"),
            alt.Tooltip("n_people:Q", title="People"),
        ]
        drawn = alt.Chart(ceiling).encode(tooltip=tip)
        layers = [
            drawn.mark_rect(color=HUMAN, opacity=0.15).encode(
                x=alt.X("ci_low:Q", axis=x), x2="ci_high:Q"
            ),
            drawn.mark_rule(color=HUMAN, strokeDash=[5, 4], strokeWidth=2).encode(
                x=alt.X("estimate:Q", axis=x)
            ),
            *layers,
        ]
    described = "" if ceiling.empty else f" Ceiling: {ceiling.iloc[0]['estimate']:.2f}."
    return _themed(
        alt.layer(*layers).properties(
            width=460,
            height=alt.Step(22),
            description=(
                f"Alignment of {len(rows)} models, from {rows['estimate'].min():.2f} "
                f"to {rows['estimate'].max():.2f}, with intervals over images.{described}"
            ),
        )
    )


def probe_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Accuracy of a probe against the number of examples per class, one line per model.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_probe_results`` of one dataset and head.
    """
    key = ["source_model_key", "is_control", "n_shots"]
    lines = rows.groupby(key, as_index=False)["accuracy"].agg(["mean", "min", "max", "count"])
    lines = lines.reset_index()
    lines["kind"] = lines["is_control"].map({True: "untrained", False: "pretrained"})
    shots = sorted(rows["n_shots"].unique())
    base = alt.Chart(lines).encode(
        x=alt.X("n_shots:O", sort=shots, axis=alt.Axis(title="Examples per class", labelAngle=0)),
        detail="source_model_key:N",
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["pretrained", "untrained"], range=[MODEL, "#888888"]),
            legend=alt.Legend(title="Model", orient="top"),
        ),
        tooltip=[
            alt.Tooltip("source_model_key:N", title="Model"),
            alt.Tooltip("n_shots:O", title="Examples per class"),
            alt.Tooltip("mean:Q", title="Accuracy, mean", format=".1%"),
            alt.Tooltip("min:Q", title="lowest", format=".1%"),
            alt.Tooltip("max:Q", title="highest", format=".1%"),
            alt.Tooltip("count:Q", title="Seeds"),
        ],
    )
    axis = _plain_axis("Accuracy", format="%")
    band = base.mark_area(opacity=0.08).encode(y=alt.Y("min:Q", axis=axis), y2="max:Q")
    line = base.mark_line(point=True, opacity=0.8).encode(y=alt.Y("mean:Q", axis=axis))
    return _themed(
        alt.layer(band, line).properties(
            width=480,
            height=320,
            description=(
                f"Accuracy of {lines['source_model_key'].nunique()} models after {shots[0]} to "
                f"{shots[-1]} examples per class."
            ),
        )
    )


_MODALITY_MARKS = dict(
    zip(
        MODALITIES,
        [(VERMILION, "circle"), (BLUE, "square"), (GREEN, "triangle-up")],
        strict=True,
    )
)


def _by_modality(rows: pd.DataFrame) -> dict[str, alt.Color | alt.Shape]:
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


_PERCENTILE = {
    "scale": alt.Scale(domain=[0, 1]),
    "axis": alt.Axis(title="Share of the other models that it beats", format="%", tickCount=5),
}


def model_areas(rows: pd.DataFrame) -> alt.LayerChart:
    """How a model's percentiles spread in each area: range, quartiles and median.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_areas`` of one model.
    """
    rows = rows.assign(name=_named_areas(rows))
    order = rows.sort_values(
        ["modality", "area"], key=lambda c: c.map(_place_of([*MODALITIES, *REGIONS])), kind="stable"
    )["name"].tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=order, axis=_names()),
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
    colour = {"color": _by_modality(rows)["color"]}
    low = alt.X("min_percentile:Q", **_PERCENTILE)
    quarter = alt.X("percentile_25:Q", **_PERCENTILE)
    middle = alt.X("percentile_50:Q", **_PERCENTILE)
    return _themed(
        alt.layer(
            base.mark_rule(strokeWidth=1.5, opacity=0.6).encode(
                x=low, x2="max_percentile:Q", **colour
            ),
            base.mark_rule(strokeWidth=6, opacity=0.35).encode(
                x=quarter, x2="percentile_75:Q", **colour
            ),
            base.mark_point(filled=True, size=90, opacity=1).encode(x=middle, **_by_modality(rows)),
        ).properties(
            width=_PLOT,
            height=alt.Step(_ROW),
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


def _place_of(known: Sequence[str]) -> dict[str, int]:
    places = {value: place for place, value in enumerate(known)}
    return _Places(places)


class _Places(dict):
    """Places of known values; what is not known comes after them."""

    def __missing__(self, key: str) -> int:
        return len(self)


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
        key=lambda c: -c if c.name == "score_percentile" else c.map(_place_of(_AREAS)),
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
        _names()
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
    colour = {"color": _by_modality(ordered)["color"]}
    low = alt.X("percentile_low:Q", **_PERCENTILE)
    thick = alt.X("percentile_error_low:Q", **_PERCENTILE)
    middle = alt.X("score_percentile:Q", **_PERCENTILE)
    known = base.transform_filter("isValid(datum.percentile_error_low)")
    return _themed(
        alt.layer(
            base.mark_rule(strokeWidth=1, opacity=0.7).encode(
                x=low, x2="percentile_high:Q", **colour
            ),
            known.mark_rule(strokeWidth=5, opacity=0.35).encode(
                x=thick, x2="percentile_error_high:Q", **colour
            ),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                x=middle, **_by_modality(ordered)
            ),
        ).properties(
            width=_PLOT,
            height=alt.Step(_ROW if few else 12),
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
        "axis": _plain_axis(f"Score ({rows['unit'].iloc[0]})"),
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
        .properties(width=_PLOT - 40, height=30)
    )
    words = ", ".join(f"{r.level} {r.score:.4g}" for r in lines.itertuples())
    description = (
        f"Histogram of the scores of {len(rows)} models, median {rows['score'].median():.4g}, "
        f"from {rows['score'].min():.4g} to {rows['score'].max():.4g}"
        + (f"; {words}" if words else "")
        + ". Below, a tick for each model."
    )
    histogram = alt.layer(*layers).properties(width=_PLOT - 40, height=220)
    return _themed(alt.vconcat(histogram, ticks, spacing=6).properties(description=description))


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
    long["position"] = long["state"].map(_place_of(list(STATES)))
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
                axis=_names()
                if few
                else alt.Axis(title=None, labelLimit=260, labelFontSize=9, labelOverlap=False),
            ),
            x=alt.X("n_cells:Q", axis=_plain_axis("Published rows")),
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
    return _themed(
        alt.layer(bars).properties(
            width=_PLOT,
            height=alt.Step(_ROW if few else 12),
            description=(
                f"Published rows by state in {len(order)} snapshots; models scored: "
                + ", ".join(f"{r.n_models} in {r.snapshot_id}" for r in rows.tail(8).itertuples())
                + "."
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
    x = {"scale": alt.Scale(domain=[-1, 1]), "axis": _plain_axis("Correlation")}
    base = alt.Chart(rows).encode(
        y=alt.Y("title:N", sort=order, axis=_names()),
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
    return _themed(
        alt.layer(
            zero,
            base.mark_rule(strokeWidth=2, opacity=0.6).encode(
                x=alt.X("ci_low:Q", **x), x2="ci_high:Q", color=_by_modality(rows)["color"]
            ),
            base.mark_point(filled=True, size=70, opacity=1).encode(
                x=alt.X("estimate:Q", **x), **_by_modality(rows)
            ),
        ).properties(
            width=_PLOT,
            height=alt.Step(_ROW),
            description=(
                f"Correlations of one benchmark with {len(rows)} others, from "
                f"{rows['estimate'].min():.2f} to {rows['estimate'].max():.2f}."
            ),
        )
    )


def neighbour_dots(rows: pd.DataFrame) -> alt.LayerChart:
    """The models with the most similar profiles, with intervals.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_model_neighbours`` of one model and scope.
    """
    order = rows.sort_values("place")["neighbour_id"].tolist()
    x = {"scale": alt.Scale(zero=False, nice=True), "axis": _plain_axis("Correlation of profiles")}
    base = alt.Chart(rows).encode(
        y=alt.Y("neighbour_id:N", sort=order, axis=_names()),
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
    return _themed(
        alt.layer(
            base.mark_rule(strokeWidth=2, opacity=0.6, color=BLUE).encode(
                x=alt.X("ci_low:Q", **x), x2="ci_high:Q"
            ),
            base.mark_point(filled=True, size=70, opacity=1, color=BLUE).encode(
                x=alt.X("estimate:Q", **x)
            ),
        ).properties(
            width=_PLOT,
            height=alt.Step(_ROW),
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
    return _themed(
        alt.layer(lines, dots, *labels).properties(
            width=250 * columns,
            height=max(120, 20 * tallest),
            description=f"Lineage of {name}: {n_up} tables before it, {n_down} after it.",
        )
    )


GROUPS = {"high": BLUE, "mid": "#888888", "low": VERMILION}
"""Models with the highest, the nearest-to-the-mean and the lowest alignment."""

ALIGNMENT_METRICS = {"pearson": "Pearson", "spearman": "Spearman", "triplet": "Triplet"}
HEADS = {"logistic": "Logistic", "mlp1": "One hidden layer", "mlp2": "Two hidden layers"}
_LABELS = {**ALIGNMENT_METRICS, **HEADS}


def _group_colour(title: str = "Alignment") -> alt.Color:
    return alt.Color(
        "model_group:N",
        scale=alt.Scale(domain=list(GROUPS), range=list(GROUPS.values())),
        legend=alt.Legend(title=title, orient="top"),
    )


def _panels(column: str, found: Iterable[str], known: Iterable[str]) -> dict[str, alt.Facet]:
    """Facet (column or row) of `_panelled` rows, its panels in the order of the known ones."""
    order = [_LABELS.get(v, v) for v in known_first(found, known)]
    return {
        column: alt.Facet(
            f"{column}_panel:N",
            sort=order,
            header=alt.Header(title=None, labelFontSize=12, labelLimit=170),
        )
    }


def _titles(benchmarks: pd.DataFrame) -> dict[str, str]:
    """Names of the benchmarks, short enough for a panel."""
    short = benchmarks["title"].str.replace(r" \(timm\)| matched frequency", "", regex=True)
    return dict(zip(benchmarks["benchmark_id"], short, strict=True))


def _panelled(rows: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """Rows with what their panels (column or row) are called."""
    named = {f"{k}_panel": rows[v].map(_LABELS).fillna(rows[v]) for k, v in columns.items()}
    return rows.assign(**named)


def group_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Mean of each property over the High, Mid and Low models, one panel per alignment metric.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_table1``. A cross is the printed mean, a grey tick that of
        all.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the names.
    """
    titles = _titles(benchmarks)
    rows = _panelled(rows, column="metric")
    rows["property"] = rows["property_id"].map(titles).fillna(rows["property_id"])
    axis = alt.Axis(title=None, labelLimit=200)
    y = alt.Y("property:N", sort=sorted(rows["property"].unique()), axis=axis)
    x = _plain_axis("Mean accuracy (%)")
    tooltip = [
        alt.Tooltip("property:N", title="Property"),
        alt.Tooltip("model_group:N", title="Group"),
        alt.Tooltip("printed:Q", title="Printed", format=".2f"),
        alt.Tooltip("mean:Q", title="Recovered five", format=".3f"),
        alt.Tooltip("ci_low:Q", title="95 %, from", format=".1f"),
        alt.Tooltip("ci_high:Q", title="to", format=".1f"),
        alt.Tooltip("p_permutation:Q", title="p against random fives", format=".2g"),
        alt.Tooltip("p_above_mid:Q", title="p against Mid", format=".2g"),
        alt.Tooltip("p_residual:Q", title="p, ImageNet top-1 held fixed", format=".2g"),
        alt.Tooltip("models:N", title="Models"),
    ]
    offset = alt.YOffset("model_group:N", sort=list(GROUPS))
    base = alt.Chart().encode(y=y, yOffset=offset, color=_group_colour(), tooltip=tooltip)
    chart = alt.layer(
        alt.Chart().mark_tick(color="#888888", thickness=1, height=40).encode(y=y, x="mean_all:Q"),
        base.mark_rule(strokeWidth=2, opacity=0.6).encode(
            x=alt.X("ci_low:Q", axis=x, scale=_LOOSE), x2="ci_high:Q"
        ),
        base.mark_point(filled=True, size=45, opacity=1).encode(x=alt.X("mean:Q", axis=x)),
        base.mark_point(shape="cross", size=70, strokeWidth=1).encode(x=alt.X("printed:Q", axis=x)),
        data=rows,
    ).properties(width=230, height=44 * rows["property_id"].nunique())
    return _themed(
        chart.facet(
            **_panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS))
        ).properties(
            description=(
                f"Means of {rows['property_id'].nunique()} accuracies over groups of "
                f"{span(rows['n_group'])} of {span(rows['n_models'])} models, printed and "
                "recomputed, with intervals."
            )
        )
    )


def z2_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Correlation of each property with z² of an alignment: printed, and of public stand-ins.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_table2``.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the names.
    """
    titles = _titles(benchmarks)
    titles |= {f"sucholutsky2023.{k}": f"Printed: {v}" for k, v in ALIGNMENT_METRICS.items()}
    rows = rows.assign(
        estimate=rows["printed"].fillna(rows["estimate_z2_partial"]),
        alignment=rows["alignment_id"].map(titles).fillna(rows["alignment_id"])
        + (", " + rows["cohort_id"]).where(~rows["is_printed"], ""),
        column_panel=rows["property_id"].map(titles).fillna(rows["property_id"]),
        kind=rows["is_printed"].map({True: "printed", False: "public stand-in"}),
    )
    order = rows.sort_values(["is_printed", "alignment_id"], ascending=[False, True])
    y = alt.Y(
        "alignment:N",
        sort=order["alignment"].drop_duplicates().tolist(),
        axis=alt.Axis(title=None, labelLimit=330),
    )
    x = alt.Axis(title="Correlation with z²", tickCount=4)
    base = alt.Chart().encode(
        y=y,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["printed", "public stand-in"], range=[VERMILION, BLUE]),
            legend=alt.Legend(title="ImageNet top-1 held fixed", orient="top", titleLimit=300),
        ),
        tooltip=[
            alt.Tooltip("alignment:N", title="Alignment"),
            alt.Tooltip("column_panel:N", title="Property"),
            alt.Tooltip("estimate:Q", title="Partial correlation with z²", format=".3f"),
            alt.Tooltip("ci_low_z2_partial:Q", title="95 %, from", format=".3f"),
            alt.Tooltip("ci_high_z2_partial:Q", title="to", format=".3f"),
            alt.Tooltip("n_models:Q", title="Models"),
            alt.Tooltip("printed_p:Q", title="p as printed", format=".3f"),
            alt.Tooltip("p_partial:Q", title="p it implies", format=".2g"),
            alt.Tooltip("estimate_alignment_partial:Q", title="With the alignment", format=".3f"),
        ],
    )
    zero = alt.Chart().mark_rule(strokeDash=[3, 3], opacity=0.6).encode(x=alt.datum(0))
    chart = alt.layer(
        zero,
        base.mark_rule(strokeWidth=2, opacity=0.6).encode(
            x=alt.X("ci_low_z2_partial:Q", axis=x), x2="ci_high_z2_partial:Q"
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("estimate:Q", axis=x)),
        data=rows,
    ).properties(width=150, height=alt.Step(20))
    return _themed(
        chart.facet(
            **_panels("column", rows["column_panel"].unique(), rows["column_panel"])
        ).properties(
            description=(
                f"Partial correlations of {rows['property_id'].nunique()} accuracies with z² of "
                f"{rows['alignment_id'].nunique()} alignments, {int(rows['is_printed'].sum())} of "
                f"{len(rows)} printed, over {span(rows['n_models'])} models."
            )
        )
    )


def group_lines(rows: pd.DataFrame) -> alt.FacetChart:
    """Few-shot accuracy of the High, Mid and Low models, by metric (columns) and head (rows).

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_fig3_groups`` of one stimulus set and dataset.
    """
    rows = _panelled(rows, column="metric", row="head")
    base = alt.Chart().encode(
        x=alt.X("n_shots:O", axis=alt.Axis(title="Examples per class", labelAngle=0)),
        color=_group_colour(),
        tooltip=[
            alt.Tooltip("model_group:N", title="Group"),
            alt.Tooltip("n_shots:O", title="Examples per class"),
            alt.Tooltip("mean:Q", title="Accuracy", format=".1%"),
            alt.Tooltip("ci_low:Q", title="95 %, from", format=".1%"),
            alt.Tooltip("ci_high:Q", title="to", format=".1%"),
            alt.Tooltip("n_group:Q", title="Models of the group"),
            alt.Tooltip("p_permutation:Q", title="p against random groups", format=".2g"),
            alt.Tooltip("models:N", title="Models"),
        ],
    )
    axis = _plain_axis("Accuracy", format="%")
    chart = alt.layer(
        base.mark_area(opacity=0.12).encode(y=alt.Y("ci_low:Q", axis=axis), y2="ci_high:Q"),
        base.mark_line(point=True).encode(
            y=alt.Y("mean:Q", axis=axis, scale=alt.Scale(zero=False))
        ),
        data=rows,
    ).properties(width=190, height=140)
    return _themed(
        chart.facet(
            **_panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS)),
            **_panels("row", rows["head"].unique(), list(HEADS)),
        ).properties(
            description=(
                f"Accuracy after {rows['n_shots'].min()} to {rows['n_shots'].max()} examples per "
                f"class of groups of {span(rows['n_group'])} of {span(rows['n_models'])} models, "
                "with intervals."
            )
        )
    )


def z2_lines(rows: pd.DataFrame, colour: str) -> alt.FacetChart:
    """Correlation of few-shot accuracy with z² of an alignment, one panel per metric.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_fig3_correlations`` of one stimulus set.
    colour : str
        What a line is: ``head`` or ``dataset_id``.
    """
    rows = _panelled(rows, column="metric")
    rows["line"] = rows[colour].map(_LABELS).fillna(rows[colour])
    lines = [_LABELS.get(v, v) for v in known_first(rows[colour].unique(), HEADS)]
    base = alt.Chart().encode(
        x=alt.X("n_shots:O", axis=alt.Axis(title="Examples per class", labelAngle=0)),
        color=alt.Color(
            "line:N",
            scale=alt.Scale(domain=lines, range=[BLUE, VERMILION, GREEN]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=[
            alt.Tooltip("line:N", title="Line"),
            alt.Tooltip("n_shots:O", title="Examples per class"),
            alt.Tooltip("estimate_z2:Q", title="Correlation with z²", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 %, from", format=".3f"),
            alt.Tooltip("ci_high:Q", title="to", format=".3f"),
            alt.Tooltip("estimate_alignment:Q", title="with the alignment itself", format=".3f"),
            alt.Tooltip("n_models:Q", title="Models"),
        ],
    )
    y = alt.Axis(title="Correlation with z²", tickCount=5)
    zero = alt.Chart().mark_rule(strokeDash=[3, 3], opacity=0.6).encode(y=alt.datum(0))
    chart = alt.layer(
        zero,
        base.mark_area(opacity=0.1).encode(y=alt.Y("ci_low:Q", axis=y), y2="ci_high:Q"),
        base.mark_line(point=True).encode(y=alt.Y("estimate_z2:Q", axis=y)),
        data=rows,
    ).properties(width=210, height=200)
    return _themed(
        chart.facet(
            **_panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS))
        ).properties(
            description=(
                f"Correlation of accuracy with z² of alignment over {span(rows['n_models'])} "
                f"models, from {rows['estimate_z2'].min():.2f} to {rows['estimate_z2'].max():.2f}, "
                "with intervals."
            )
        )
    )


def few_shot_scatter(rows: pd.DataFrame) -> alt.FacetChart:
    """Few-shot accuracy of each model against its alignment, one panel per metric.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_fig4_models`` of one stimulus set and dataset.
    """
    rows = _panelled(rows, column="metric")
    chart = (
        alt.Chart()
        .mark_circle(size=60, color=BLUE, opacity=0.8)
        .encode(
            x=alt.X("alignment:Q", scale=_LOOSE, axis=_plain_axis("Alignment")),
            y=alt.Y("accuracy:Q", scale=_LOOSE, axis=_plain_axis("Accuracy", format="%")),
            tooltip=[
                alt.Tooltip("model_id:N", title="Model"),
                alt.Tooltip("alignment:Q", title="Alignment", format=".3f"),
                alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
            ],
        )
    )
    chart = alt.layer(chart, data=rows).properties(width=210, height=210)
    panels = _panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS))
    return _themed(
        chart.facet(**panels)
        .resolve_scale(x="independent")
        .properties(
            description=(
                f"Accuracy after one example per class against alignment, "
                f"{span(rows['n_models'])} models."
            )
        )
    )


def accuracy_strip(rows: pd.DataFrame) -> alt.LayerChart:
    """ImageNet accuracy of every model; those whose alignment group is known are coloured.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_sucholutsky2023_fig5_accuracies``.
    """
    rows = _panelled(rows, column="metric")
    rows["place"] = rows["model_group"].str.capitalize()
    order = ["High", "Mid", "Low", "Unknown"]
    base = alt.Chart().encode(
        x=alt.X("place:N", sort=order, axis=alt.Axis(title="Alignment group", labelAngle=0)),
        y=alt.Y("imagenet_top1:Q", scale=_LOOSE, axis=_plain_axis("ImageNet top-1 (%)")),
        tooltip=[
            alt.Tooltip("source_model_name:N", title="Model"),
            alt.Tooltip("model_group:N", title="Group"),
            alt.Tooltip("imagenet_top1:Q", title="ImageNet top-1", format=".2f"),
        ],
    )
    chart = alt.layer(
        base.transform_filter("datum.model_group == 'unknown'").mark_tick(
            color="#888888", opacity=0.35, thickness=1
        ),
        base.transform_filter("datum.model_group != 'unknown'")
        .mark_circle(size=70, opacity=0.9)
        .encode(color=_group_colour("Recovered five")),
        data=rows,
    ).properties(width=210, height=280)
    n_known = int((rows["model_group"] != "unknown").sum())
    return _themed(
        chart.facet(
            **_panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS))
        ).properties(
            description=(
                f"ImageNet accuracy of {span(rows['n_models'])} models; the alignment group of "
                f"{n_known} of {len(rows)} model-metric pairs is known."
            )
        )
    )


def note_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Difference that each note on architecture is about, on every public property.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_architecture_notes``.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the names.
    """
    titles = _titles(benchmarks)
    rows = rows.assign(
        column_panel=rows["property_id"].map(titles).fillna(rows["property_id"]),
        note=rows["claim_id"].str.replace("_", " "),
        interval=[
            f"{low:.2f} to {high:.2f}" if pd.notna(low) else "not known"
            for low, high in zip(rows["ci_low"], rows["ci_high"], strict=True)
        ],
    )
    order = rows.sort_values("position")["note"].drop_duplicates().tolist()
    x = alt.Axis(title="Difference (points)", tickCount=4)
    base = alt.Chart().encode(
        y=alt.Y("note:N", sort=order, axis=alt.Axis(title=None, labelLimit=200)),
        color=alt.value(BLUE),
        tooltip=[
            alt.Tooltip("statement:N", title="The paper"),
            alt.Tooltip("treated:N", title="Compared"),
            alt.Tooltip("untreated:N", title="with"),
            alt.Tooltip("column_panel:N", title="on"),
            alt.Tooltip("difference:Q", title="Difference", format="+.2f"),
            alt.Tooltip("interval:N", title="95 % interval"),
            alt.Tooltip("n_treated:Q", title="Pairs or models"),
            alt.Tooltip("n_higher:Q", title="of them higher"),
            alt.Tooltip("caveat:N", title="But"),
        ],
    )
    zero = alt.Chart().mark_rule(strokeDash=[3, 3], opacity=0.6).encode(x=alt.datum(0))
    chart = alt.layer(
        zero,
        base.mark_rule(strokeWidth=2, opacity=0.6).encode(
            x=alt.X("ci_low:Q", axis=x), x2="ci_high:Q"
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("difference:Q", axis=x)),
        data=rows,
    ).properties(width=140, height=alt.Step(22))
    return _themed(
        chart.facet(**_panels("column", rows["column_panel"].unique(), rows["column_panel"]))
        .resolve_scale(x="independent")
        .properties(
            description=(
                f"{rows['claim_id'].nunique()} comparisons between kinds of networks on "
                f"{rows['property_id'].nunique()} accuracies, with intervals."
            )
        )
    )


def capacity_curve(rows: pd.DataFrame, models: pd.DataFrame) -> alt.LayerChart:
    """Bits that a triplet carries at each misalignment, and where models lie.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_triplets_needed``.
    models : DataFrame
        Rows of ``rpt_alignment_capacities`` of one stimulus set, target, layer and distance.
    """
    curve = rows.drop_duplicates("misalignment")[["misalignment", "capacity"]]
    axis = _plain_axis("Misalignment ε: triplets that are flipped", format="%")
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("misalignment:Q", scale=scale, axis=axis)
    y = alt.Y("capacity:Q", axis=_plain_axis("Bits per triplet"))
    shown = models.assign(
        kind=models["is_control"].map({True: "untrained", False: "pretrained"}),
        misalignment_low=1 - models["ci_high"],
        misalignment_high=1 - models["ci_low"],
    )
    people = models[["ceiling_split_half", "capacity_people"]].dropna().drop_duplicates()
    people = people.assign(misalignment=1 - people["ceiling_split_half"], kind="people")
    people = people.rename(columns={"capacity_people": "capacity"})
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["people", "pretrained", "untrained"], range=[HUMAN, MODEL, "#888888"]
        ),
        legend=alt.Legend(title="Against people", orient="top"),
    )
    tooltip = [
        alt.Tooltip("source_model_key:N", title="Model"),
        alt.Tooltip("misalignment:Q", title="Misalignment", format=".3f"),
        alt.Tooltip("misalignment_low:Q", title="95 %, from", format=".3f"),
        alt.Tooltip("misalignment_high:Q", title="to", format=".3f"),
        alt.Tooltip("capacity:Q", title="Bits per triplet", format=".4f"),
    ]
    base = alt.Chart(shown).encode(y=y, color=colour, tooltip=tooltip)
    layers = [
        alt.Chart(curve).mark_line(color="#888888").encode(x=x, y=y),
        base.mark_rule(opacity=0.4).encode(
            x=alt.X("misalignment_low:Q", axis=axis, scale=scale), x2="misalignment_high:Q"
        ),
        base.mark_circle(size=60, opacity=0.9).encode(x=x),
    ]
    if not people.empty:
        layers.append(
            alt.Chart(people)
            .mark_point(shape="diamond", filled=True, size=120, opacity=1)
            .encode(x=x, y=y, color=colour, tooltip=tooltip[1:2] + tooltip[4:])
        )
    return _themed(
        alt.layer(*layers).properties(
            width=560,
            height=300,
            description=(
                f"Capacity of a triplet against misalignment, from 1 bit at 0 and 1 to nothing at "
                f"one half, with {len(models)} models."
            ),
        )
    )


def triplet_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Fewest triplets that place a new object, one line per number of dimensions.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_triplets_needed`` of one number of objects.
    """
    dims = sorted(rows["n_dims"].unique())
    # from one half on the axis would be endless: lines stop where a triplet carries next to nothing
    drawn = rows[rows["triplets_needed"].notna() & (rows["capacity"] > 1e-3)]
    drawn = drawn.assign(side=(drawn["misalignment"] > 0.5).astype(str))
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "misalignment:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=_plain_axis("Misalignment ε: triplets that are flipped", format="%"),
            ),
            y=alt.Y(
                "triplets_needed:Q",
                scale=alt.Scale(type="log"),
                axis=_plain_axis("Triplets needed, at least", format="~s"),
            ),
            detail="side:N",
            color=alt.Color(
                "n_dims:O",
                scale=alt.Scale(domain=dims, range=[BLUE, GREEN, VERMILION, PINK]),
                legend=alt.Legend(title="Dimensions", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("n_dims:O", title="Dimensions"),
                alt.Tooltip("misalignment:Q", title="Misalignment", format=".2f"),
                alt.Tooltip("capacity:Q", title="Bits per triplet", format=".4f"),
                alt.Tooltip("bits_needed:Q", title="Bits needed", format=",.1f"),
                alt.Tooltip("triplets_needed:Q", title="Triplets, at least", format=",.0f"),
            ],
        )
    )
    return _themed(
        alt.layer(lines).properties(
            width=560,
            height=300,
            description=(
                f"Fewest triplets that place a new object among {span(rows['n_objects'])} in "
                f"{', '.join(map(str, dims))} dimensions, against misalignment."
            ),
        )
    )


_LOOSE = alt.Scale(zero=False, padding=8)


def _names(size: int = 11) -> alt.Axis:
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


_ROW, _PLOT = 30, 330
"""Height of a row that carries its name, and width of a plot that a narrow screen holds."""


COMPARED = {"range": [BLUE, VERMILION, GREEN, PINK]}
_SHAPES = {"range": ["circle", "square", "triangle-up", "diamond"]}


def _by_model(ids: Sequence[str], field: str) -> dict:
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
        y=alt.Y("title:N", sort=None, axis=_names()),
        x=alt.X(
            "score_percentile:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=_plain_axis("Percentile among the models of the cohort", format="%"),
        ),
    )
    spans = base.mark_rule(opacity=0.35, aria=False).encode(
        x="min(score_percentile):Q", x2="max(score_percentile):Q"
    )
    points = base.mark_point(size=70, filled=True, opacity=0.9).encode(
        **_by_model(ids, "model_id"),
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
    return _themed(
        alt.layer(spans, points).properties(
            width=_PLOT,
            height=alt.Step(_ROW),
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
        y=y, yOffset=alt.YOffset("model_id:N", sort=list(ids)), **_by_model(ids, "model_id")
    )
    axis = _plain_axis("Rank (1 = best)")
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
    return _themed(
        alt.layer(lines, points).properties(
            width=420,
            height=alt.Step(12),
            description=(
                f"Ranks of {len(ids)} models among {n_models} under {len(schemes)} ways of "
                f"averaging, with 95 % intervals. Median ranks: {said or 'none'}."
            ),
        )
    )


def _plain_axis(title: str, **options: object) -> alt.Axis:
    return alt.Axis(title=title, tickCount=6, titleLimit=400, **options)


def _average_tooltip(*more: alt.Tooltip) -> list[alt.Tooltip]:
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


def _themed(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    text = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"}
    return chart.configure(
        font=FONT,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(grid=False, **text),
        axisY=alt.AxisConfig(labelFlush=False),
        legend=alt.LegendConfig(**text),
    )


VERDICTS = {
    "u": "U",
    "inverted_u": "inverted U",
    "monotone": "one way",
    "none": "nothing found",
    "undecided": "undecided",
}
"""Whether a property makes a U over alignment, in words."""

COVARIATES = {"none": "Nothing held fixed", "imagenet_top1": "ImageNet top-1 held fixed"}
HELD = {"none": "nothing held fixed", "imagenet_top1": "ImageNet top-1 held fixed"}
TRANSFORMS = {"raw": "Alignment", "z2": "z² of alignment"}
CORRELATIONS = {"pearson": "Pearson", "spearman": "Spearman"}

_FITS = {"straight line": VERMILION, "parabola": PINK, "smooth": GREEN}
CURVE_POINTS = 100


def smooth_curve(points: pd.DataFrame) -> pd.DataFrame:
    """Lowess of the property on alignment (half of the points at a time), for the eye alone.

    Parameters
    ----------
    points : DataFrame
        Columns alignment and property.

    Returns
    -------
    DataFrame
        Columns alignment and fitted, `CURVE_POINTS` rows.
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess  # half a second: only here

    x, y = points["alignment"].to_numpy(float), points["property"].to_numpy(float)
    at = np.linspace(x.min(), x.max(), CURVE_POINTS)
    return pd.DataFrame({"alignment": at, "fitted": lowess(y, x, frac=0.5, xvals=at)})


def worth_scatter(
    rows: pd.DataFrame,
    titles: dict[str, str] | None = None,
    *,
    curve: pd.DataFrame | None = None,
    labelled: Sequence[str] = (),
) -> alt.LayerChart:
    """A property against alignment, unit by unit, with line, parabola and smooth curve.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``WORTH_POINTS`` of one cohort, pair and covariate. With a covariate the property is
        shown as it would be at the covariate's mean.
    titles : dict, optional
        Names of the benchmarks for people.
    curve : DataFrame, optional
        What `smooth_curve` gives, where it is known already.
    labelled : sequence of str
        Units to write beside their points.
    """
    titles = titles or {}
    one = rows.iloc[0]
    x_title, y_title = (titles.get(one[c], one[c]) for c in ("alignment_id", "property_id"))
    if one["covariate"] != "none":
        y_title += ", at mean ImageNet top-1"
    x = alt.X("alignment:Q", scale=_LOOSE, axis=_plain_axis(x_title))
    scale = _LOOSE
    fits = [_fitted(one), (smooth_curve(rows) if curve is None else curve).assign(fit="smooth")]
    points = alt.Chart(rows[["unit_name", "family", "alignment", "property", "imagenet_top1"]])
    marks = points.mark_circle(size=45, color=BLUE, opacity=0.55).encode(
        x=x,
        y=alt.Y("property:Q", scale=scale, axis=_plain_axis(y_title)),
        tooltip=[
            alt.Tooltip("unit_name:N", title="Model"),
            alt.Tooltip("family:N", title="Family"),
            alt.Tooltip("alignment:Q", title=x_title, format=".3f"),
            alt.Tooltip("property:Q", title=y_title, format=".3f"),
            alt.Tooltip("imagenet_top1:Q", title="ImageNet top-1 (%)", format=".1f"),
        ],
    )
    drawn = pd.concat(fits, ignore_index=True).dropna(subset="fitted")
    low, high = rows["property"].min(), rows["property"].max()
    drawn = drawn[drawn["fitted"].between(low - (high - low) / 4, high + (high - low) / 4)]
    present = [name for name in _FITS if name in set(drawn["fit"])]
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("alignment:Q"),
            y=alt.Y("fitted:Q"),
            color=alt.Color(
                "fit:N",
                scale=alt.Scale(domain=present, range=[_FITS[name] for name in present]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            strokeDash=alt.condition("datum.fit == 'smooth'", alt.value([5, 3]), alt.value([1, 0])),
        )
    )
    layers = [marks, lines]
    if pd.notna(one["breakpoint"]):
        rule = alt.Chart(pd.DataFrame({"alignment": [one["breakpoint"]]}))
        layers.append(
            rule.mark_rule(strokeDash=[2, 4], color="#888888").encode(
                x=alt.X("alignment:Q"),
                tooltip=[alt.Tooltip("alignment:Q", title="The two lines part at", format=".3f")],
            )
        )
    if labelled:
        named = alt.FieldOneOfPredicate(field="unit_name", oneOf=list(labelled))
        text = {"align": "left", "dx": 7, "fontSize": 11, "limit": 220}
        layers.append(
            points.mark_text(**text)
            .transform_filter(named)
            .encode(x=alt.X("alignment:Q"), y=alt.Y("property:Q"), text="unit_name:N")
        )
    return _themed(
        alt.layer(*layers).properties(
            width=520,
            height=380,
            description=(
                f"Scatter plot of {len(rows)} units: {y_title} against {x_title}, with straight "
                "line, parabola and smooth curve."
            ),
        )
    )


def _fitted(one: pd.Series) -> pd.DataFrame:
    """Straight line and parabola of ``fct_downstream_shapes`` over the range of the data."""
    at = np.linspace(one["alignment_min"], one["alignment_max"], CURVE_POINTS)
    z = (at - one["alignment_mean"]) / one["alignment_sd"]
    line = one["line_constant"] + one["line_slope"] * z
    bent = one["quadratic_constant"] + one["quadratic_linear"] * z
    bent += one["quadratic_estimate"] * z**2
    return pd.concat(
        [
            pd.DataFrame({"alignment": at, "fitted": line, "fit": "straight line"}),
            pd.DataFrame({"alignment": at, "fitted": bent, "fit": "parabola"}),
        ],
        ignore_index=True,
    )


def worth_dots(rows: pd.DataFrame, titles: dict[str, str] | None = None) -> alt.LayerChart:
    """Correlation of one alignment with every property, with both intervals.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_downstream_relations`` of one cohort, alignment, covariate and transform.
        Those without an estimate are left out of the picture, and counted in its description.
    titles : dict, optional
        Names of the benchmarks for people.
    """
    titles = titles or {}
    known = rows[rows["estimate"].notna()]
    known = known.assign(
        label=known["property_id"].map(lambda b: titles.get(b, b)),
        correlation=known["method"].map(CORRELATIONS),
    )
    order = known.groupby("label")["estimate"].mean().sort_values(ascending=False).index.tolist()
    base = alt.Chart(known).encode(
        y=alt.Y(
            "label:N",
            sort=order,
            axis=alt.Axis(title=None, labelLimit=320, labelOverlap=False),
        ),
        yOffset=alt.YOffset("correlation:N"),
        color=alt.Color(
            "correlation:N",
            scale=alt.Scale(domain=list(CORRELATIONS.values()), range=[BLUE, VERMILION]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Property"),
            alt.Tooltip("correlation:N", title="Correlation"),
            alt.Tooltip("estimate:Q", title="Estimate", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % (Fisher) from", format=".3f"),
            alt.Tooltip("ci_high:Q", title="to", format=".3f"),
            alt.Tooltip("family_boot_low:Q", title="95 % over families from", format=".3f"),
            alt.Tooltip("family_boot_high:Q", title="to", format=".3f"),
            alt.Tooltip("p_value:Q", title="p", format=".2g"),
            alt.Tooltip("n_units:Q", title="Models"),
            alt.Tooltip("n_families:Q", title="Families"),
        ],
    )
    x = alt.Axis(title="Correlation (thick: 95 % as if independent; thin: over families)")
    layers = [
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color="#888888", strokeDash=[2, 3])
        .encode(x="zero:Q"),
        base.mark_rule(strokeWidth=1).encode(x="family_boot_low:Q", x2="family_boot_high:Q"),
        base.mark_rule(strokeWidth=4, opacity=0.45).encode(x="ci_low:Q", x2="ci_high:Q"),
        base.mark_point(filled=True, size=40, opacity=1).encode(x=alt.X("estimate:Q", axis=x)),
    ]
    return _themed(
        alt.layer(*layers).properties(
            width=420,
            height=alt.Step(26, **{"for": "position"}),
            description=(
                f"Correlations of an alignment with {known['property_id'].nunique()} properties; "
                f"{rows['property_id'].nunique() - known['property_id'].nunique()} more have none."
            ),
        )
    )


TESTS = {
    "z2_verdict": "z² alone",
    "quadratic_verdict": "parabola",
    "two_lines_verdict": "two lines",
    "family_verdict": "two lines, families",
    "verdict": "verdict",
}
_VERDICT_COLOURS = {
    "U": VERMILION,
    "inverted U": PINK,
    "one way": BLUE,
    "nothing found": "#bbbbbb",
    "undecided": "#eeeeee",
}


def verdict_tiles(rows: pd.DataFrame) -> alt.LayerChart:
    """Claims of a U by test: one tile per verdict.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_u_shape_verdicts``; those without an estimate have no tiles.
    """
    held = {"none": "", "imagenet_top1": ", top-1 held fixed"}
    known = rows[rows["state"] == "estimated"]
    ordered = known.sort_values(["position", "covariate"], ascending=[True, False])
    ordered = ordered.assign(
        label=ordered["claim"]
        + ordered["covariate"].map(held)
        + " (n = "
        + ordered["n_units"].astype(str)
        + ")"
    )
    tiles = ordered.melt(id_vars="label", value_vars=list(TESTS), var_name="test")
    tiles["test"] = tiles["test"].map(TESTS)
    tiles["found"] = tiles["value"].map(VERDICTS)
    base = alt.Chart(tiles).encode(
        x=alt.X(
            "test:N",
            sort=list(TESTS.values()),
            axis=alt.Axis(
                title=None,
                orient="top",
                labelAngle=0,
                labelExpr="split(datum.label, ', ')",
                ticks=False,
            ),
        ),
        y=alt.Y(
            "label:N",
            sort=ordered["label"].tolist(),
            axis=alt.Axis(title=None, labelLimit=400, ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Claim"),
            alt.Tooltip("test:N", title="By"),
            alt.Tooltip("found:N", title="Found"),
        ],
    )
    colour = alt.Color(
        "found:N",
        scale=alt.Scale(domain=list(_VERDICT_COLOURS), range=list(_VERDICT_COLOURS.values())),
        legend=None,
    )
    dark = alt.FieldOneOfPredicate(field="found", oneOf=["U", "one way"])
    return _themed(
        alt.layer(
            base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour),
            base.mark_text(fontSize=11, tooltip=None).encode(
                text="found:N",
                color=alt.condition(dark, alt.value("white"), alt.value("#222222")),
            ),
        ).properties(
            width=alt.Step(92),
            height=alt.Step(22),
            description=(
                f"Verdicts of {len(TESTS)} tests on {len(ordered)} claims of a U; "
                f"{int((ordered['verdict'] == 'u').sum())} end as one."
            ),
        )
    )
