"""The figures and tables of Sucholutsky & Griffiths (2023)."""

from collections.abc import Iterable

import altair as alt
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.agreement import interval_in_words
from warehouse.figures.fields import axis, tooltips
from warehouse.figures.record import COHORT_AND_STAND_INS, SNAPSHOT, Figure, all_of
from warehouse.figures.theme import BLUE, GREY, VERMILION

GROUPS = {"high": BLUE, "mid": GREY, "low": VERMILION}
"""Models with the highest, the nearest-to-the-mean and the lowest alignment."""
ALIGNMENT_METRICS = {"pearson": "Pearson", "spearman": "Spearman", "triplet": "Triplet"}
HEADS = {"logistic": "Logistic", "mlp1": "One hidden layer", "mlp2": "Two hidden layers"}
_LABELS = {**ALIGNMENT_METRICS, **HEADS}
_SHOTS = alt.X("n_shots:O", axis=alt.Axis(title="Examples per class", labelAngle=0))


def _by_group(title: str = "Alignment") -> alt.Color:
    return marks.colour("model_group", GROUPS, title)


def _panels(column: str, found: Iterable[str], known: Iterable[str]) -> dict[str, alt.Facet]:
    """Facet (column or row) of `_panelled` rows, its panels in the order of the known ones."""
    order = [_LABELS.get(v, v) for v in marks.known_first(found, known)]
    header = alt.Header(title=None, labelFontSize=12, labelLimit=170)
    return {column: alt.Facet(f"{column}_panel:N", sort=order, header=header)}


def _by_metric(rows: pd.DataFrame) -> dict[str, alt.Facet]:
    return _panels("column", rows["metric"].unique(), ALIGNMENT_METRICS)


def _short_titles(benchmarks: pd.DataFrame) -> dict[str, str]:
    """Names of the benchmarks, short enough for a panel."""
    short = benchmarks["title"].str.replace(r" \(timm\)| matched frequency", "", regex=True)
    return marks.titles_of(benchmarks.assign(title=short))


def _in_words(values: pd.Series, words: dict[str, str]) -> pd.Series:
    return values.map(words).fillna(values)


def _panelled(rows: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """Rows with what their panels (column or row) are called."""
    return rows.assign(**{f"{k}_panel": _in_words(rows[v], _LABELS) for k, v in columns.items()})


_ZERO = {"strokeDash": [3, 3], "opacity": 0.6}


def group_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Mean of each property over the High, Mid and Low models, one panel per alignment metric.

    Rows of ``rpt_sucholutsky2023_table1``. A cross is the printed mean, a grey tick the mean of
    all.
    """
    titles = _short_titles(benchmarks)
    rows = _panelled(rows, column="metric")
    rows["property"] = _in_words(rows["property_id"], titles)
    beside = alt.Axis(title=None, labelLimit=200)
    y = alt.Y("property:N", sort=sorted(rows["property"].unique()), axis=beside)
    x = {"axis": marks.plain_axis("Mean accuracy (%)"), "scale": marks.LOOSE}
    base = alt.Chart().encode(
        y=y,
        yOffset=alt.YOffset("model_group:N", sort=list(GROUPS)),
        color=_by_group(),
        tooltip=tooltips(
            "rpt_sucholutsky2023_table1",
            ("property:N", "Property"),
            "model_group, printed, mean, ci_low, ci_high, p_permutation, p_above_mid",
            "p_residual, models",
        ),
    )
    chart = alt.layer(
        alt.Chart().mark_tick(color=GREY, thickness=1, height=40).encode(y=y, x="mean_all:Q"),
        marks.spans(base, alt.X("ci_low:Q", **x), "ci_high:Q"),
        marks.dots(base, 45, x=alt.X("mean:Q", **x)),
        base.mark_point(shape="cross", size=70, strokeWidth=1).encode(x=alt.X("printed:Q", **x)),
        data=rows,
    ).properties(width=230, height=44 * rows["property_id"].nunique())
    return chart.facet(**_by_metric(rows)).properties(
        description=f"Means of {rows['property_id'].nunique()} accuracies over groups of "
        f"{marks.span(rows['n_group'])} of {marks.span(rows['n_models'])} models, printed and "
        "recomputed, with intervals."
    )


def z2_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Correlation of each property with z² of an alignment: printed, and of public stand-ins.

    Rows of ``rpt_sucholutsky2023_table2`` with ``cohort_title``.
    """
    titles = _short_titles(benchmarks)
    titles |= {f"sucholutsky2023.{k}": f"Printed: {v}" for k, v in ALIGNMENT_METRICS.items()}
    rows = rows.assign(
        estimate=rows["printed"].fillna(rows["estimate_z2_partial"]),
        alignment=marks.wrapped(
            _in_words(rows["alignment_id"], titles)
            + (", " + rows["cohort_title"].str.split(",").str[0]).where(~rows["is_printed"], ""),
            28,
        ),
        column_panel=_in_words(rows["property_id"], titles),
        kind=rows["is_printed"].map({True: "printed", False: "public stand-in"}),
    )
    ordered = rows.sort_values(["is_printed", "alignment_id"], ascending=[False, True])
    order = ordered["alignment"].drop_duplicates().tolist()
    limits = ["ci_low_z2_partial", "ci_high_z2_partial"]
    columns = [*limits, "n_models", "printed_p", "p_partial", "estimate_alignment_partial"]
    base = alt.Chart().encode(
        y=alt.Y("alignment:N", sort=order, axis=marks.names_beside(330, labelExpr=marks.LINES)),
        color=marks.colour(
            "kind",
            {"printed": VERMILION, "public stand-in": BLUE},
            "ImageNet top-1 held fixed",
            titleLimit=300,
        ),
        tooltip=tooltips(
            "rpt_sucholutsky2023_table2",
            ("alignment:N", "Alignment"),
            ("column_panel:N", "Property"),
            ("estimate:Q", "Partial correlation with z²", ".3f"),
            *columns,
        ),
    )
    along = axis("rpt_sucholutsky2023_table2", "estimate_z2", tickCount=4)
    chart = alt.layer(
        alt.Chart().mark_rule(**_ZERO).encode(x=alt.datum(0)),
        marks.spans(base, alt.X(f"{limits[0]}:Q", axis=along), f"{limits[1]}:Q"),
        marks.dots(base, 60, x=alt.X("estimate:Q", axis=along)),
        data=rows,
    ).properties(width=150, height=alt.Step(30))
    panels = _panels("column", rows["column_panel"].unique(), rows["column_panel"])
    return chart.facet(**panels).properties(
        description=f"Partial correlations of {rows['property_id'].nunique()} accuracies with z² "
        f"of {rows['alignment_id'].nunique()} alignments, {int(rows['is_printed'].sum())} of "
        f"{len(rows)} printed, over {marks.span(rows['n_models'])} models."
    )


def group_lines(rows: pd.DataFrame) -> alt.FacetChart:
    """Few-shot accuracy of the High, Mid and Low models, by metric (columns) and head (rows).

    Rows of ``rpt_sucholutsky2023_fig3_groups`` of one stimulus set and dataset.
    """
    rows = _panelled(rows, column="metric", row="head")
    base = alt.Chart().encode(
        x=_SHOTS,
        color=_by_group(),
        tooltip=tooltips(
            "rpt_sucholutsky2023_fig3_groups",
            "model_group, n_shots, mean, ci_low, ci_high, n_group, p_permutation",
            "models",
        ),
    )
    y = {"axis": axis("rpt_sucholutsky2023_fig3_groups", "mean"), "scale": alt.Scale(zero=False)}
    chart = alt.layer(
        base.mark_area(opacity=0.12).encode(y=alt.Y("ci_low:Q", **y), y2="ci_high:Q"),
        base.mark_line(point=True).encode(y=alt.Y("mean:Q", **y)),
        data=rows,
    ).properties(width=190, height=140)
    by_head = _panels("row", rows["head"].unique(), HEADS)
    return chart.facet(**_by_metric(rows), **by_head).properties(
        description=f"Accuracy after {rows['n_shots'].min()} to {rows['n_shots'].max()} examples "
        f"per class of groups of {marks.span(rows['n_group'])} of {marks.span(rows['n_models'])} "
        "models, with intervals."
    )


def z2_lines(rows: pd.DataFrame, line: str) -> alt.FacetChart:
    """Correlation of few-shot accuracy with z² of an alignment, one panel per metric.

    Rows of ``rpt_sucholutsky2023_fig3_correlations`` of one stimulus set; a line is a ``head`` or a
    ``dataset_id``.
    """
    rows = _panelled(rows, column="metric").assign(line=_in_words(rows[line], _LABELS))
    lines = [_LABELS.get(v, v) for v in marks.known_first(rows[line].unique(), HEADS)]
    base = alt.Chart().encode(
        x=_SHOTS,
        xOffset=alt.XOffset("line:N", sort=lines),  # side by side: they may all but coincide
        color=marks.colour("line", marks.palette(lines)),
        tooltip=tooltips(
            "rpt_sucholutsky2023_fig3_correlations",
            ("line:N", "Line"),
            "n_shots, estimate_z2, ci_low_naive, ci_high_naive, estimate_alignment, n_models, "
            "n_families",
        ),
    )
    y = axis("rpt_sucholutsky2023_fig3_correlations", "estimate_z2", tickCount=5)
    intervals = base.mark_rule(strokeWidth=2, opacity=0.5, aria=False)
    chart = alt.layer(
        alt.Chart().mark_rule(**_ZERO).encode(y=alt.datum(0)),
        intervals.encode(y=alt.Y("ci_low_naive:Q", axis=y), y2="ci_high_naive:Q"),
        marks.dots(base, 25, y=alt.Y("estimate_z2:Q", axis=y)),
        data=rows,
    ).properties(width=210, height=200)
    return chart.facet(**_by_metric(rows)).properties(
        description="Correlation of accuracy with z² of alignment over "
        f"{marks.span(rows['n_models'])} models, {marks.reach(rows['estimate_z2'])}, with "
        "intervals that take the models for unrelated."
    )


def few_shot_scatter(rows: pd.DataFrame) -> alt.FacetChart:
    """Few-shot accuracy of each model against its alignment, one panel per metric.

    Rows of ``rpt_sucholutsky2023_fig4_models`` of one stimulus set and dataset.
    """
    mart = "rpt_sucholutsky2023_fig4_models"
    # ours are the only models of that namespace: no need to say so at each
    rows = _panelled(
        rows.assign(model_id=rows["model_id"].str.removeprefix("compute:")), column="metric"
    )
    points = marks.dots(alt.Chart(), 60, **marks.by_model(sorted(rows["model_id"].unique())))
    points = points.encode(
        x=alt.X("alignment:Q", scale=marks.LOOSE, axis=axis(mart, "alignment")),
        y=alt.Y("accuracy:Q", scale=marks.LOOSE, axis=axis(mart, "accuracy")),
        tooltip=tooltips(mart, "model_id, alignment, accuracy"),
    )
    chart = alt.layer(points, data=rows)
    facets = chart.properties(width=210, height=210).facet(**_by_metric(rows))
    return facets.resolve_scale(x="independent").properties(
        description="Accuracy after one example per class against alignment, "
        f"{marks.span(rows['n_models'])} models."
    )


def accuracy_strip(rows: pd.DataFrame) -> alt.FacetChart:
    """ImageNet accuracy of every model; those whose alignment group is known are coloured.

    Rows of ``rpt_sucholutsky2023_fig5_accuracies``.
    """
    rows = _panelled(rows, column="metric")
    rows["place"] = rows["model_group"].str.capitalize()
    mart = "rpt_sucholutsky2023_fig5_accuracies"
    along = alt.Axis(title="Alignment group", labelAngle=0)
    base = alt.Chart().encode(
        x=alt.X("place:N", sort=["High", "Mid", "Low", "Unknown"], axis=along),
        y=alt.Y("imagenet_top1:Q", scale=marks.LOOSE, axis=axis(mart, "imagenet_top1")),
        tooltip=tooltips(mart, "source_model_name, model_group, imagenet_top1"),
    )
    unknown, known = (
        base.transform_filter(f"datum.model_group {sign} 'unknown'") for sign in ("==", "!=")
    )
    chart = alt.layer(
        unknown.mark_tick(color=GREY, opacity=0.35, thickness=1),
        known.mark_circle(size=70, opacity=0.9).encode(color=_by_group("Recovered five")),
        data=rows,
    ).properties(width=210, height=280)
    return chart.facet(**_by_metric(rows)).properties(
        description=f"ImageNet accuracy of {marks.span(rows['n_models'])} models; the alignment "
        f"group of {int((rows['model_group'] != 'unknown').sum())} of {len(rows)} model-metric "
        "pairs is known."
    )


NOTES = {
    "distillation": "Distilled, or not",
    "depth_resnet": "Deeper ResNets",
    "depth_resnet_rs": "Deeper ResNet-RS",
    "size_swin": "Larger Swin Transformers",
    "pretraining_21k": "ImageNet-21k or 22k first",
    "batch_norm_vgg": "VGG with batch norm",
    "pruning_efficientnet": "Pruned EfficientNets",
    "cluster_mobilenet": "MobileNets",
    "cluster_nfnet": "NFNets",
    "cluster_beit": "BEiT",
}
"""What the paper's notes on architectures are about."""


def note_dots(rows: pd.DataFrame, benchmarks: pd.DataFrame) -> alt.FacetChart:
    """Difference that each note on architecture is about, on every public property.

    Rows of ``rpt_architecture_notes``.
    """
    rows = rows.assign(
        column_panel=_in_words(rows["property_id"], _short_titles(benchmarks)),
        note=rows["claim_id"].map(NOTES),
        interval=interval_in_words(rows),
    )
    order = rows.sort_values("position")["note"].drop_duplicates().tolist()
    base = alt.Chart().encode(
        y=alt.Y("note:N", sort=order, axis=alt.Axis(title=None, labelLimit=200)),
        color=alt.value(BLUE),
        tooltip=tooltips(
            "rpt_architecture_notes",
            "statement, treated, untreated",
            ("column_panel:N", "on"),
            "difference",
            ("interval:N", "95 % interval"),
            "n_treated, n_higher, caveat",
        ),
    )
    x = alt.Axis(title="Difference (points)", tickCount=4)
    chart = alt.layer(
        alt.Chart().mark_rule(**_ZERO).encode(x=alt.datum(0)),
        marks.spans(base, alt.X("ci_low:Q", axis=x), "ci_high:Q"),
        marks.dots(base, 60, x=alt.X("difference:Q", axis=x)),
        data=rows,
    ).properties(width=105, height=alt.Step(22))
    panels = _panels("column", rows["column_panel"].unique(), rows["column_panel"])
    facets = chart.facet(**panels).resolve_scale(x="independent")
    return facets.properties(
        description=f"{rows['claim_id'].nunique()} comparisons between kinds of networks on "
        f"{rows['property_id'].nunique()} accuracies, with intervals."
    )


def _with_known_group(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["model_group"] != "unknown"]


def _of_shots(mart: str, order: str, where: str) -> str:
    query = all_of(mart, order, "stimulus_set_id", key="snapshot_id")
    return query.replace("\norder", f" and {where}\norder")


_SHOT_CORRELATIONS = {
    "table": ("metric", "dataset_id", "head", "n_shots", "n_models", "n_families", "estimate_z2",
              ("ci_low_naive", "ci_high_naive")),
    "signed": ("estimate_z2",),
    "caption": "Correlation of few-shot accuracy with z² of alignment; the intervals take the "
    "{one.n_models} models of {one.n_families} families for unrelated",
}  # fmt: skip
_OURS = {"options": {"stimulus_set_id": "objects92"}, "scope": SNAPSHOT}
FIGURES = (
    Figure(
        "sucholutsky2023_table1",
        all_of("rpt_sucholutsky2023_table1", "metric, property_id, model_group"),
        group_dots,
        table=("property_id", "metric", "model_group", "printed", "mean", ("ci_low", "ci_high"),
               "p_permutation", "p_residual"),
        caption="Printed means and those of the only fives that match them (inferred, not stated "
        "by the authors); p against random fives, plain and with ImageNet top-1 held fixed",
        default="timm_2022_491",
    ),
    Figure(
        "sucholutsky2023_table2",
        """\
select rows.*, cohorts.title as cohort_title
from marts.rpt_sucholutsky2023_table2 as rows
inner join marts.dim_cohorts as cohorts using (cohort_id)
where rows.cohort_id = $cohort_id or not rows.is_printed
order by rows.is_printed desc, rows.alignment_id, rows.cohort_id, rows.property_id""",
        z2_dots,
        table=("alignment_id", "property_id", "n_models", "printed", "printed_p", "p_partial",
               "estimate_z2_partial", ("ci_low_z2_partial", "ci_high_z2_partial")),
        signed=("estimate_z2_partial",),
        words={
            "alignment_id": {f"sucholutsky2023.{k}": f"Printed: {v}"
                             for k, v in ALIGNMENT_METRICS.items()}
        },
        caption="Correlations with z² of an alignment, ImageNet top-1 held fixed",
        default="timm_2022_491",
        scope=COHORT_AND_STAND_INS,
    ),
    Figure(
        "sucholutsky2023_fig3_groups",
        _of_shots("rpt_sucholutsky2023_fig3_groups", "metric, head, n_shots, model_group",
                  "dataset_id = 'cifar10'"),
        lambda rows, _: group_lines(rows),
        table=("metric", "head", "n_shots", "model_group", "n_group", "mean",
               ("ci_low", "ci_high")),
        caption="Few-shot accuracy of models with high, middling and low alignment",
        **_OURS,
    ),
    Figure(
        "sucholutsky2023_fig3_correlations",
        _of_shots("rpt_sucholutsky2023_fig3_correlations", "metric, head, n_shots",
                  "dataset_id = 'cifar10'"),
        lambda rows, _: z2_lines(rows, "head"),
        **_SHOT_CORRELATIONS,
        **_OURS,
    ),
    Figure(
        "sucholutsky2023_fig4_models",
        _of_shots("rpt_sucholutsky2023_fig4_models", "metric, model_id", "dataset_id = 'cifar10'"),
        lambda rows, _: few_shot_scatter(rows),
        table=("model_id", "metric", "alignment", "accuracy"),
        caption="Alignment and accuracy after one example per class",
        **_OURS,
    ),
    Figure(
        "sucholutsky2023_fig4_correlations",
        _of_shots("rpt_sucholutsky2023_fig3_correlations", "metric, dataset_id, n_shots",
                  "head = 'logistic'"),
        lambda rows, _: z2_lines(rows, "dataset_id"),
        **_SHOT_CORRELATIONS,
        **_OURS,
    ),
    Figure(
        "sucholutsky2023_fig5_accuracies",
        all_of("rpt_sucholutsky2023_fig5_accuracies", "metric, model_group, source_model_name"),
        lambda rows, _: accuracy_strip(rows),
        table=("metric", "model_group", "source_model_name", "imagenet_top1"),
        caption="ImageNet accuracy of the models whose alignment group could be inferred",
        arrange=_with_known_group,
        default="timm_2022_491",
    ),
)  # fmt: skip
