"""Each chart once: the app draws it, the paper pack saves it, so the two cannot differ.

Every function takes a data frame and gives an Altair chart. No colours of text or background are
set, so that a chart follows the light or dark theme of the app and is black on white in print.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import altair as alt
import pandas as pd

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

SCHEMES = {
    "arithmetic_mean": "Arithmetic mean",
    "z_mean": "Mean of z-scores",
    "mean_rank": "Mean rank",
}


def save(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write a chart as SVG, PDF or PNG (by the suffix), whatever its number of rows."""
    with alt.data_transformers.enable("default", max_rows=None):
        options = {"ppi": 200} if path.suffix == ".png" else {}
        chart.save(path, format=path.suffix[1:], **options)
    return path


def svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as the text of an SVG file."""
    text = io.StringIO()
    with alt.data_transformers.enable("default", max_rows=None):
        chart.save(text, format="svg")
    return text.getvalue()


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


def correlation_heatmap(pairs: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.LayerChart:
    """Square, symmetric matrix of the correlations between benchmarks.

    Parameters
    ----------
    pairs : DataFrame
        Rows of ``fct_benchmark_correlations`` of one cohort, level and method.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the order and the names.

    Returns
    -------
    altair.LayerChart
        With a point selection ``pair`` over ``benchmark_x`` and ``benchmark_y``. Cells with a
        Bonferroni-corrected p below .05 carry a dot, or a star where the numbers are printed.
    """
    order = order_benchmarks(benchmarks)
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
    n_models = _span(pairs["n_models"])
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
    rows = rankings.merge(colours.rename(columns={"score_rank": "reference_rank"}), on=key)
    rows["shift"] = rows["score_rank"] - rows["reference_rank"]
    rows["scheme_title"] = rows["scheme"].map(SCHEMES).fillna(rows["scheme"])
    n_models = len(colours)
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
    ticks = base.mark_tick(thickness=2, bandSize=34, opacity=0.9).encode(
        color=alt.Color(
            "reference_rank:Q",
            scale=alt.Scale(range=RANKS, domain=[1, max(n_models, 2)]),
            legend=legend,
        )
    )
    layers = [ticks]
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
                f"coloured by the rank under the {SCHEMES[reference].lower()}."
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
        Rows of ``rpt_cohort_agreement`` of one method.
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
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color="#888888").encode(x="x:Q")
    return _themed(
        alt.layer(zero, dots).properties(
            width=520,
            height=alt.Step(22),
            description=(
                f"Dot chart of the mean correlation between metrics in {len(agreement)} cohorts, "
                f"from {agreement['mean_estimate'].min():.2f} "
                f"to {agreement['mean_estimate'].max():.2f}."
            ),
        )
    )


def _span(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def _themed(chart: alt.LayerChart) -> alt.LayerChart:
    return (
        chart.configure(font=FONT)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=11, titleFontSize=12, titleFontWeight="normal", grid=False)
        .configure_legend(labelFontSize=11, titleFontSize=12, titleFontWeight="normal")
    )
