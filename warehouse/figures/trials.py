"""Charts of trials: error consistency, shape bias, accuracy under distortion, confusions."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.figures.marks import LOOSE, plain_axis
from warehouse.figures.theme import BLUE, GREEN, HUMAN, MODEL, PINK, themed


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
    x = alt.X("ood_accuracy:Q", scale=LOOSE, axis=plain_axis("Accuracy", format="%"))
    kappa = {"scale": LOOSE, "axis": plain_axis("Error consistency with people (κ)")}
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
    return themed(
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
        axis=plain_axis("Decides by texture (0) … by shape (1)"),
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
    return themed(
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
    axis = plain_axis("Accuracy", format="%")
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
    return themed(
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
            x=alt.X("human_accuracy:Q", axis=plain_axis("Share of people right", format="%")),
            y=alt.Y("model_accuracy:Q", axis=plain_axis("Share of models right", format="%")),
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
    return themed(
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
    return themed(
        alt.layer(tiles).properties(
            width=alt.Step(24),
            height=alt.Step(24),
            description=(
                f"Confusion matrix of {rows['n_trials'].sum():,} answers; "
                f"{right / rows['n_trials'].sum():.0%} name the category."
            ),
        )
    )
