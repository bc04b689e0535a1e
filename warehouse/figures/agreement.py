"""How far benchmarks agree."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.fields import axis, tooltips
from warehouse.figures.record import Figure, all_of
from warehouse.figures.theme import BLUE, GREY, PINK, VERMILION

TOP1_SOURCES = {
    "measured": "measured by Brain-Score",
    "timm": "timm's, for the same weights",
    "timm_or_measured": "timm's, else measured by Brain-Score",
    "printed": "as printed: measured and copied values mixed",
}
"""Words for ``rpt_partial_agreement.top1_source``."""

FEW = 12
"""Up to this many benchmarks a heat map prints its numbers, and names its columns."""


def correlation_heatmap(
    pairs: pd.DataFrame,
    benchmarks: pd.DataFrame,
    order: Sequence[str] | None = None,
    chosen: Sequence[str] = (),
) -> alt.LayerChart:
    """Square, symmetric matrix of the correlations between benchmarks.

    Rows of ``fct_benchmark_correlations`` of one cohort, level and method, with the rows of the
    benchmarks in ``dim_benchmarks``, and ``label`` where the axes have shorter names than
    ``title`` (`marks.short_titles`); ``order`` lists their ids from top to bottom, by default by
    modality, region and name. Cells with a Bonferroni-corrected p below .05 carry a dot, or a star
    where the numbers are printed; unknown ones are grey. Lines part the regions where there are
    many benchmarks in their order. The cells of the two ``chosen`` benchmarks have a frame. A point
    selection ``pair`` holds ``benchmark_x`` and ``benchmark_y``.
    """
    order = list(order) if order is not None else marks.order_benchmarks(benchmarks)
    titles = marks.titles_of(benchmarks)
    few = len(order) <= FEW
    step, size = (9, 9) if not few else (34, 11) if len(order) > 6 else (54, 12)
    short = benchmarks.set_index("benchmark_id")["label" if "label" in benchmarks else "title"]
    labels = {b: short[b] for b in order}
    scale = alt.Scale(domain=list(labels.values()))
    beside = marks.names_beside(
        300, labelFontSize=size, labelFlush=False, domain=False, ticks=False
    )
    below = {"labels": few, "labelAngle": -90}
    if len(order) <= 6:
        lines = {"labelExpr": "split(datum.label, ' ')"}
        below, beside = lines | {"labelAngle": 0}, alt.Axis(**(beside.to_dict() | lines))
    cells = _mirrored(pairs, titles, labels)
    base = alt.Chart(cells).encode(
        x=alt.X("label_x:N", scale=scale, axis=alt.Axis(**(beside.to_dict() | below))),
        y=alt.Y("label_y:N", scale=scale, axis=beside),
    )
    clicked = alt.selection_point(name="pair", fields=["benchmark_x", "benchmark_y"])
    meaning = f"Correlation ({'*' if few else '•'} p < .05 after Bonferroni)"
    tiles = base.mark_rect(cursor="pointer", aria=False).encode(
        color=alt.Color(
            "estimate:Q",
            scale=alt.Scale(scheme="redblue", domain=[-1, 1], reverse=True),
            legend=marks.legend(meaning, gradientLength=220, titleLimit=400),
        ),
        tooltip=tooltips(
            "fct_benchmark_correlations",
            ("name_y:N", "Benchmark"),
            ("name_x:N", "and benchmark"),
            "estimate",
            ("interval:N", "95 % interval"),
            "n_models, p_value, p_bonferroni",
        ),
    )
    # either colour of text has 4.5 : 1 on every cell
    dark = alt.condition("abs(datum.estimate) > 0.66", alt.value("white"), alt.value("black"))
    if few:
        label = "format(datum.estimate, '.2f') + (datum.is_significant ? '*' : '')"
        known = base.transform_calculate(label=label).transform_filter("isValid(datum.estimate)")
        signs = known.mark_text(fontSize=size, tooltip=None).encode(text="label:N", color=dark)
    else:
        known = base.transform_filter("datum.is_significant")
        signs = known.mark_circle(size=7, opacity=1, tooltip=None, aria=False)
        signs = signs.encode(color=dark)
        signs = alt.layer(signs, *_region_marks(benchmarks, labels))
    chart = marks.drawn(
        tiles.add_params(clicked),
        signs,
        *_frames(cells, chosen, base, 2.5 if few else 1.5),
        size=(alt.Step(step), alt.Step(step)),
        description=f"Heat map of {len(pairs)} correlations between {len(order)} benchmarks, over "
        f"{marks.span(pairs['n_models'])} models. Mean {pairs['estimate'].mean():.2f}, "
        f"{marks.reach(pairs['estimate'])}.",
    )
    # what no cell covers is unknown: it is seen in either theme
    return chart.properties(
        view=alt.ViewBackground(fill=GREY, fillOpacity=0.3, stroke=None),
        # of more than 2,000 cells Streamlit makes a canvas, whose text cannot follow the theme
        usermeta={"embedOptions": {"renderer": "svg"}},
    )


def _region_marks(benchmarks: pd.DataFrame, labels: dict[str, str]) -> list[alt.Chart]:
    """Lines between the regions and their names above; none where a region is not in one piece."""
    if "region" not in benchmarks:
        return []
    about = benchmarks.set_index("benchmark_id").loc[list(labels)]
    area = about["region"].fillna(about["modality"])
    starts = area != area.shift()
    if starts.sum() != area.nunique():
        return []
    first = pd.DataFrame({"label": [labels[b] for b in area.index], "area": area})
    middle = pd.concat(part.iloc[[(len(part) - 1) // 2]] for _, part in first.groupby("area"))
    scale = alt.Scale(domain=list(labels.values()))
    lines = alt.Chart(first[starts].iloc[1:]).mark_rule(color="black", strokeWidth=1, aria=False)
    across = {"scale": scale, "bandPosition": 0}
    return [
        lines.encode(x=alt.X("label:N", **across)),
        lines.encode(y=alt.Y("label:N", **across)),
        marks.in_theme(
            alt.Chart(middle)
            .mark_text(baseline="bottom", dy=-3, fontSize=11, fontWeight="bold")
            .encode(x=alt.X("label:N", scale=scale), y=alt.value(0), text="area:N"),
            "areas",
        ),
    ]


def _frames(
    cells: pd.DataFrame, chosen: Sequence[str], base: alt.Chart, width: float
) -> list[alt.Chart]:
    """Frames around both cells of a pair: black on white, so that either is seen on any colour."""
    if not chosen:
        return []
    is_chosen = cells["benchmark_x"].isin(chosen) & cells["benchmark_y"].isin(chosen)
    frame = alt.Chart(cells[is_chosen], encoding=base.encoding)
    return [
        frame.mark_rect(fill=None, stroke=colour, strokeWidth=w, tooltip=None, aria=False)
        for colour, w in (("white", 2 * width), ("black", width))
    ]


def _mirrored(pairs: pd.DataFrame, titles: dict[str, str], labels: dict[str, str]) -> pd.DataFrame:
    """Both triangles of the matrix, with what a cell shows."""
    one = pairs.rename(columns={"benchmark_a": "benchmark_x", "benchmark_b": "benchmark_y"})
    other = pairs.rename(columns={"benchmark_a": "benchmark_y", "benchmark_b": "benchmark_x"})
    cells = pd.concat([one, other], ignore_index=True)
    for side in ("x", "y"):
        cells[f"name_{side}"] = cells[f"benchmark_{side}"].map(titles)
        cells[f"label_{side}"] = cells[f"benchmark_{side}"].map(labels)
    cells["interval"] = interval_in_words(cells)
    cells["is_significant"] = cells["p_bonferroni"] < marks.ALPHA
    kept = [f"{what}_{side}" for what in ("benchmark", "name", "label") for side in ("x", "y")]
    kept += ["estimate", "interval", "n_models", "p_value", "p_bonferroni", "is_significant"]
    return cells[kept]


def interval_in_words(rows: pd.DataFrame) -> list[str]:
    """The 95 % interval of each row, from ``ci_low`` and ``ci_high``; a missing one is named."""
    return [
        f"{low:.2f} to {high:.2f}" if pd.notna(low) else "not known"
        for low, high in zip(rows["ci_low"], rows["ci_high"], strict=True)
    ]


def pair_scatter(
    scores: pd.DataFrame,
    benchmark_a: str,
    benchmark_b: str,
    titles: dict[str, str] | None = None,
    *,
    axes: str = "raw",
    room: int = 220,
) -> alt.LayerChart:
    """Two benchmarks against each other, one point per model that both scored.

    Rows of ``fct_scores_normalized`` of one cohort and level, with both benchmarks; ``titles`` are
    their names. Axes are ``raw`` (higher is better) or ``rank`` (among the shared models, 1 =
    best). The names of a few models stand beside their points (`notable_models`), as far as they
    have ``room``: the width of the plot where it is narrowest, in pixels.
    """
    title_a, title_b = ((titles or {}).get(b, b) for b in (benchmark_a, benchmark_b))
    points = shared_models(scores, benchmark_a, benchmark_b)
    is_rank = axes == "rank"
    prefix, suffix = ("rank", " (rank, 1 = best)") if is_rank else ("score", "")
    scale = alt.Scale(zero=False, reverse=is_rank, nice=not is_rank, padding=8)
    base = alt.Chart(points).encode(
        x=alt.X(f"{prefix}_a:Q", scale=scale, axis=marks.plain_axis(title_a + suffix)),
        y=alt.Y(f"{prefix}_b:Q", scale=scale, axis=marks.plain_axis(title_b + suffix)),
        tooltip=tooltips(
            "fct_scores_normalized",
            "source_model_name",
            ("score_a:Q", title_a, ".3f"),
            ("score_b:Q", title_b, ".3f"),
            ("rank_a:Q", "Rank, first benchmark"),
            ("rank_b:Q", "Rank, second benchmark"),
        ),
    )
    layers = [base.mark_circle(size=55, color=BLUE, opacity=0.6)]
    where = (f"{prefix}_a", f"{prefix}_b")
    names = marks.named(
        base, points, "source_model_name", notable_models(points), where, (room, 300),
        is_reversed=is_rank, at_most=1,
    )  # fmt: skip
    for name in names:
        mark = alt.Chart(name.data, encoding=base.encoding)
        layers.append(mark.mark_circle(size=90, color=VERMILION, opacity=1))
    layers += names
    description = f"Scatter plot of {len(points)} models: {title_a} against {title_b}, {axes} axes."
    return marks.drawn(*layers, size=(marks.PLOT, 360), description=description)


def shared_models(scores: pd.DataFrame, benchmark_a: str, benchmark_b: str) -> pd.DataFrame:
    """One row per model scored on both benchmarks, with scores and ranks among those models."""
    key = ["source_model_key", "variant_id"]
    told = ["model_id", "source_model_name"]
    first, second = (
        scores.loc[scores["benchmark_id"] == b, [*key, *told, "score_directed"]]
        for b in (benchmark_a, benchmark_b)
    )
    points = first.merge(second.drop(columns=told), on=key, suffixes=("_a", "_b"))
    points = points.rename(columns={"score_directed_a": "score_a", "score_directed_b": "score_b"})
    points = points.dropna(subset=["score_a", "score_b"])
    points["rank_a"] = points["score_a"].rank(ascending=False)
    points["rank_b"] = points["score_b"].rank(ascending=False)
    return points


WELL_KNOWN = (
    "alexnet.tv_in1k",
    "resnet50.tv_in1k",
    "cornet_s.dicarlo_in1k",
    "resnet50_clip.openai",
)
"""Models that most readers know, by ``model_id``."""


def notable_models(points: pd.DataFrame) -> list[object]:
    """Labels of a few rows: the best of either benchmark, the least alike ranked, known models.

    Rows as of `shared_models`.
    """
    if points.empty:
        return []
    apart = (points["rank_a"] - points["rank_b"]).abs()
    at = [points["rank_a"].idxmin(), points["rank_b"].idxmin(), apart.idxmax()]
    known = points[points["model_id"].isin(WELL_KNOWN)].drop_duplicates("model_id").index
    return list(dict.fromkeys([*at, *known]))


PAIRS = {
    "mean_estimate": "all",
    "mean_neural_between_datasets": "neural, different datasets",
    "mean_behaviour_between_datasets": "behavioural, different datasets",
    "mean_between_modalities": "one of each",
}
"""Pairs of benchmarks that ``rpt_cohort_agreement`` has means of."""

INTERVALS = (
    "Lines are 95 % intervals over families of models and datasets of benchmarks: cohorts whose "
    "lines overlap need not differ; where the datasets are too few there is no line."
)
"""What `agreement_dots` draws, in words."""


def agreement_dots(agreement: pd.DataFrame) -> alt.LayerChart:
    """Mean correlation of each cohort, beside its means within and across modalities.

    Rows of ``rpt_cohort_agreement`` of one method. A line is the 95 % interval of the mean over
    families of models and datasets of benchmarks, where it is known.
    """
    mart = "rpt_cohort_agreement"
    kept = ["cohort_id", "n_models", "n_benchmarks"]
    long = agreement.melt(kept, list(PAIRS), "column", "mean").dropna(subset=["mean"])
    long["pairs"] = long["column"].map(PAIRS)
    order = agreement.sort_values("mean_estimate")["cohort_id"].tolist()
    y = alt.Y("cohort_id:N", sort=order, axis=marks.names_beside(380))
    x = axis(mart, "mean_estimate")
    colours = (BLUE, marks.LOOKS["neural"][0], marks.LOOKS["behavioural"][0], PINK)
    kinds = marks.palette(PAIRS.values(), colours)
    means = alt.Chart(long).mark_point(filled=True, size=90, opacity=0.9)
    points = means.encode(
        x=alt.X("mean:Q", axis=x),
        y=y,
        color=marks.colour(
            "pairs", kinds, "Mean over pairs of", columns=2, columnPadding=2, symbolLimit=0
        ),
        shape=marks.shape("pairs", kinds),
        tooltip=tooltips(
            mart,
            "cohort_id",
            ("pairs:N", "Pairs of"),
            ("mean:Q", "Mean correlation", ".3f"),
            "n_models, n_benchmarks",
        ),
    )
    known = agreement.dropna(subset=["ci_low"])
    intervals = alt.Chart(known).encode(y=y, tooltip=tooltips(mart, "cohort_id, ci_low, ci_high"))
    return marks.drawn(
        marks.line_at("x"),
        marks.spans(intervals, "ci_low:Q", "ci_high:Q", color=alt.value(BLUE)),
        points,
        size=(520, alt.Step(22)),
        description=f"Dot chart of the mean correlation between benchmarks in {len(agreement)} "
        f"cohorts, {marks.reach(agreement['mean_estimate'])}.",
    )


def sensitivity_lines(rows: pd.DataFrame, title: str) -> alt.LayerChart:
    """Mean correlation as models leave, one line per cohort.

    Rows of ``rpt_agreement_sensitivity`` of one axis; the title says what its threshold is.
    """
    cohorts = sorted(rows["cohort_id"].unique())
    lines = alt.Chart(rows).mark_line(point=alt.OverlayMarkDef(size=60))
    return marks.drawn(
        lines.encode(
            x=alt.X("threshold:Q", axis=marks.plain_axis(title)),
            y=alt.Y("mean_estimate:Q", axis=axis("rpt_agreement_sensitivity", "mean_estimate")),
            color=marks.colour("cohort_id", marks.palette(cohorts), "Cohort"),
            tooltip=tooltips(
                "rpt_agreement_sensitivity",
                "cohort_id, threshold, mean_estimate, n_models, min_pair_models",
            ),
        ),
        size=(480, 300),
        description=f"Mean correlation in {len(cohorts)} cohorts at {rows['threshold'].nunique()} "
        f"thresholds, {marks.reach(rows['mean_estimate'])}.",
    )


def scree(rows: pd.DataFrame) -> alt.LayerChart:
    """Eigenvalues of a cohort beside those of unrelated benchmarks.

    Rows of ``rpt_cohort_dimensions`` of one cohort.
    """
    base = alt.Chart(rows).encode(
        x=alt.X(
            "component:Q",
            axis=axis("rpt_cohort_dimensions", "component", tickMinStep=1, format="d"),
        ),
        tooltip=tooltips(
            "rpt_cohort_dimensions",
            "component, eigenvalue, parallel_threshold, explained_share",
            "cumulative_share",
        ),
    )
    found = base.mark_line(color=BLUE, point=alt.OverlayMarkDef(color=BLUE, size=60))
    chance = base.mark_line(color=VERMILION, strokeDash=[5, 4])
    return marks.drawn(
        chance.encode(y=alt.Y("parallel_threshold:Q")),
        found.encode(y=alt.Y("eigenvalue:Q", axis=axis("rpt_cohort_dimensions", "eigenvalue"))),
        size=(480, 280),
        description=f"Scree plot of {len(rows)} components; {int(rows['is_above_chance'].sum())} "
        "lie above the dashed line of unrelated benchmarks.",
    )


COMPARISONS = {
    "next_month": "with the month after",
    "next_year": "with a year later",
    "last_month": "with the newest month",
}


def stability_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """How alike the orders by a composite are in two months.

    Rows of ``rpt_composite_stability``.
    """
    rows = rows.replace({"comparison": COMPARISONS})
    kinds = marks.palette(marks.known_first(rows["comparison"], COMPARISONS.values()))
    lines = alt.Chart(rows).mark_line(point=alt.OverlayMarkDef(size=25))
    loose = alt.Scale(zero=False, nice=False, padding=8)
    return marks.drawn(
        lines.encode(
            x=alt.X("earlier_date:T", axis=marks.plain_axis("Month")),
            y=alt.Y("estimate:Q", scale=loose, axis=marks.plain_axis("Spearman of the two orders")),
            color=marks.colour("comparison", kinds, "Compared"),
            tooltip=tooltips(
                "rpt_composite_stability",
                "earlier_date, later_date, estimate, n_models, largest_rank_shift",
            ),
        ),
        size=(520, 280),
        description=f"Lines of the Spearman between the orders of models in {len(rows)} pairs of "
        f"months, {marks.reach(rows['estimate'])}.",
    )


def correlate_dots(rows: pd.DataFrame) -> alt.LayerChart:
    """What a benchmark goes with, and against what: correlations with their intervals.

    Rows of ``fct_benchmark_correlations`` that hold one benchmark, with ``title`` and ``modality``
    of the other one.
    """
    rows = rows.assign(label=marks.short_titles(rows["title"]))
    order = rows.sort_values("estimate", ascending=False)["label"].tolist()
    x = {"scale": alt.Scale(domain=[-1, 1]), "axis": axis("fct_benchmark_correlations", "estimate")}
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=order, axis=marks.names_above()),
        tooltip=tooltips(
            "fct_benchmark_correlations",
            ("title:N", "Benchmark"),
            "estimate, ci_low, ci_high, n_models",
            "p_bonferroni",
        ),
    )
    by = marks.by_modality(rows)
    return marks.drawn(
        marks.line_at("x", color="#999999"),
        marks.spans(base, alt.X("ci_low:Q", **x), "ci_high:Q", color=by["color"]),
        marks.dots(base, x=alt.X("estimate:Q", **x), **by),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description=f"Correlations of one benchmark with {len(rows)} others, "
        f"{marks.reach(rows['estimate'])}.",
    )


def reliability_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.LayerChart:
    """Reliability of each benchmark over the models of a cohort, the most reliable first.

    Rows of ``rpt_benchmark_reliabilities`` of one cohort; those whose error is not one of
    measurement are left out of the picture, and counted in its description.
    """
    known = rows.dropna(subset=["reliability"])
    known = known.assign(title=known["benchmark_id"].map(marks.titles_of(benchmarks)))
    known = known.assign(error=known["error_kind"].str.replace("_", " "))
    order = known.sort_values("reliability", ascending=False)["title"].tolist()
    x = alt.X(
        "reliability:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=axis("rpt_benchmark_reliabilities", "reliability"),
    )
    base = alt.Chart(known).encode(
        y=alt.Y("title:N", sort=order, axis=marks.names_beside(400)),
        color=marks.colour("error", marks.palette(sorted(known["error"].unique())), "Error over"),
        tooltip=tooltips(
            "rpt_benchmark_reliabilities",
            ("title:N", "Benchmark"),
            "reliability, n_models, score_variance, error_variance, reason",
        ),
    )
    return marks.drawn(
        marks.dots(base, x=x),
        size=(420, alt.Step(15)),
        description=f"Dots of the reliability of {len(known)} benchmarks over "
        f"{marks.span(known['n_models'])} models, {marks.reach(known['reliability'])}; "
        f"{len(rows) - len(known)} more have none.",
    )


PREDICTORS = {
    "metric_type": "Kind of metric",
    "region": "Region",
    "dataset": "Dataset",
    "species": "Species",
    "acquisition": "Way of recording",
    "modality": "Modality",
    "reliability": "Reliability",
}
KINDS = {"plain": "Plain", "pooled": "Datasets and benchmarks pooled"}


def predictor_dots(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How much more two benchmarks agree that share something, all else equal.

    Rows of ``rpt_agreement_predictors`` of one cohort and set of pairs.
    """
    rows = rows[rows["is_identified"].astype(bool)]
    rows = rows.assign(shared=rows["predictor"].map(PREDICTORS))
    long = pd.concat(
        rows.assign(
            kind=title,
            coefficient=rows[kind],
            low=rows[f"{kind}_ci_low"],
            high=rows[f"{kind}_ci_high"],
        )
        for kind, title in KINDS.items()
    )
    order = list(PREDICTORS.values())
    base = alt.Chart(long).encode(
        y=alt.Y("shared:N", sort=order, axis=marks.names_above()),
        yOffset=alt.YOffset("kind:N", sort=list(KINDS.values())),
        color=marks.colour("kind", marks.palette(KINDS.values()), labelLimit=300),
    )
    x = {"axis": marks.plain_axis("Spearman correlation, more where they share it")}
    told = tooltips(
        "rpt_agreement_predictors",
        ("shared:N", "Shared"),
        ("kind:N", "Regression"),
        ("coefficient:Q", "More agreement", "+.3f"),
        ("low:Q", "95 % from", "+.3f"),
        ("high:Q", "to", "+.3f"),
        "p_value, n_shared, n_pairs",
    )
    said = ", ".join(
        f"{row.shared} {row.plain:+.2f} ({row.pooled:+.2f} pooled)" for row in rows.itertuples()
    )
    return marks.drawn(
        marks.line_at("x"),
        marks.spans(base, alt.X("low:Q", **x), "high:Q"),
        marks.dots(base, x=alt.X("coefficient:Q", **x), tooltip=told),
        size=(marks.PLOT, alt.Step(18)),
        description="Dots with 95 % intervals over families and datasets: how much higher the "
        f"correlation of two benchmarks is that share something. {said}.",
    )


FIGURES = (
    Figure(
        "benchmark_reliabilities",
        all_of("rpt_benchmark_reliabilities", "reliability desc nulls last, benchmark_id"),
        reliability_dots,
        table=("benchmark_id", "error_kind", "n_models", "score_variance", "error_variance",
               "reliability", "unused_because"),
        caption="Reliability of {n} benchmarks: the share of the variance of their scores over "
        "models that is not error of measurement",
    ),
    Figure(
        "agreement_predictors",
        all_of("rpt_agreement_predictors", "predictor", "pairs"),
        predictor_dots,
        table=("predictor", "plain", ("plain_ci_low", "plain_ci_high"), "p_value", "pooled",
               ("pooled_ci_low", "pooled_ci_high"), "n_shared", "n_pairs"),
        caption="How much higher the Spearman correlation of two benchmarks is where they share "
        "something, all else equal; R² {one.r_squared:.2f}, {one.r_squared_unseen:.2f} for a "
        "dataset that was not seen",
        arrange=lambda rows: rows[rows["is_identified"].astype(bool)],
        signed=("plain", "pooled"),
        words={"predictor": PREDICTORS},
        options={"pairs": "all"},
    ),
)  # fmt: skip
