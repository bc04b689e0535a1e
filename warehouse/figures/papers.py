"""Charts of the figures and tables of two papers."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt
import pandas as pd

from warehouse.figures.agreement import correlation_heatmap
from warehouse.figures.marks import LOOSE, REGIONS, average_tooltip, known_first, plain_axis, span
from warehouse.figures.theme import BLUE, GREEN, PINK, RANKS, VERMILION, themed


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
            x=alt.X(f"score_neural{end}:Q", scale=LOOSE, axis=plain_axis(f"Neural{unit}")),
            y=alt.Y(f"score_behaviour{end}:Q", scale=LOOSE, axis=plain_axis(f"Behaviour{unit}")),
            color=colour,
            tooltip=average_tooltip(
                alt.Tooltip("overall_rank:Q", title="Rank, overall"),
                alt.Tooltip("neural_rank:Q", title="Rank, neural"),
            ),
        )
        .properties(width=330, height=330)
        for end, unit in (("", " average"), ("_z", " average, z-score"))
    ]
    first = rows.iloc[0]
    return themed(
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
    axis = plain_axis("Average score of the area")
    x = alt.X("score:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)
    curves = (
        alt.Chart(rows)
        .transform_density(
            "score", as_=["score", "density"], groupby=["benchmark_id"], extent=[low, high]
        )
        .mark_area(opacity=0.25, line=True)
        .encode(x=x, y=alt.Y("density:Q", stack=None, axis=plain_axis("Density")), color=colour)
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
    return themed(
        alt.layer(curves, ticks).properties(
            width=520,
            height=330,
            description=(
                f"Densities of the averages of {len(areas)} areas over "
                f"{span(rows['n_models'])} models. Means: {shown}."
            ),
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
        Rows of ``rpt_sucholutsky2023_table1``. A cross is the printed mean, a grey tick the mean
        of all.
    benchmarks : DataFrame
        Their rows in ``dim_benchmarks``; they give the names.
    """
    titles = _titles(benchmarks)
    rows = _panelled(rows, column="metric")
    rows["property"] = rows["property_id"].map(titles).fillna(rows["property_id"])
    axis = alt.Axis(title=None, labelLimit=200)
    y = alt.Y("property:N", sort=sorted(rows["property"].unique()), axis=axis)
    x = plain_axis("Mean accuracy (%)")
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
            x=alt.X("ci_low:Q", axis=x, scale=LOOSE), x2="ci_high:Q"
        ),
        base.mark_point(filled=True, size=45, opacity=1).encode(x=alt.X("mean:Q", axis=x)),
        base.mark_point(shape="cross", size=70, strokeWidth=1).encode(x=alt.X("printed:Q", axis=x)),
        data=rows,
    ).properties(width=230, height=44 * rows["property_id"].nunique())
    return themed(
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
    return themed(
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
    axis = plain_axis("Accuracy", format="%")
    chart = alt.layer(
        base.mark_area(opacity=0.12).encode(y=alt.Y("ci_low:Q", axis=axis), y2="ci_high:Q"),
        base.mark_line(point=True).encode(
            y=alt.Y("mean:Q", axis=axis, scale=alt.Scale(zero=False))
        ),
        data=rows,
    ).properties(width=190, height=140)
    return themed(
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
    return themed(
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
            x=alt.X("alignment:Q", scale=LOOSE, axis=plain_axis("Alignment")),
            y=alt.Y("accuracy:Q", scale=LOOSE, axis=plain_axis("Accuracy", format="%")),
            tooltip=[
                alt.Tooltip("model_id:N", title="Model"),
                alt.Tooltip("alignment:Q", title="Alignment", format=".3f"),
                alt.Tooltip("accuracy:Q", title="Accuracy", format=".1%"),
            ],
        )
    )
    chart = alt.layer(chart, data=rows).properties(width=210, height=210)
    panels = _panels("column", rows["metric"].unique(), list(ALIGNMENT_METRICS))
    return themed(
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
        y=alt.Y("imagenet_top1:Q", scale=LOOSE, axis=plain_axis("ImageNet top-1 (%)")),
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
    return themed(
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
    return themed(
        chart.facet(**_panels("column", rows["column_panel"].unique(), rows["column_panel"]))
        .resolve_scale(x="independent")
        .properties(
            description=(
                f"{rows['claim_id'].nunique()} comparisons between kinds of networks on "
                f"{rows['property_id'].nunique()} accuracies, with intervals."
            )
        )
    )
