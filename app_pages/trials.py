"""Trial by trial: do models err where people err, decide by shape, and hold up like people?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _filters, _shared
from warehouse.figures import trials

DATASETS = """\
select *
from marts.dim_trial_datasets
order by position"""

SUMMARY = """\
select *
from marts.fct_behaviour_summary
order by mean_rank nulls last, source_id, observer_id"""

CEILINGS = """\
select *
from marts.rpt_human_ceilings
where dataset_id = 'all'"""

OBSERVERS = """\
select source_id, observer_id, is_human, reason
from marts.dim_observers
where not is_human and reason is not null
order by source_id, observer_id"""

PAIRS = """\
select
    source_a, observer_a, source_b, observer_b, pair_kind, n_trials, accuracy_a, accuracy_b,
    observed_consistency, expected_consistency, error_consistency, ci_low, ci_high,
    is_same_answers
from marts.fct_error_consistency
where dataset_id = $dataset_id and condition = 'all' and pair_kind = $pair_kind
order by error_consistency desc nulls last"""

IMAGES = """\
select *
from marts.rpt_image_disagreements
where dataset_id = $dataset_id
order by abs(difference) desc, condition, image_key"""

ANSWERS = """\
select
    is_human, source_id, observer_id, response, is_correct, rt, source_file, source_row
from marts.fct_trials
where dataset_id = $dataset_id and condition = $condition and image_key = $image_key
order by is_human desc, source_id, observer_id"""

CONFUSED = """\
select distinct source_id, observer_id, is_human
from marts.fct_confusions
where dataset_id = $dataset_id
order by is_human desc, source_id, observer_id"""

CONFUSIONS = """\
select *
from marts.fct_confusions
where dataset_id = $dataset_id and source_id = $source_id and observer_id = $observer_id
order by category, response"""

RELIABILITY = """\
select measure, n_models, split_half_estimate, reliability, n_subject_pairs, subject_estimate
from marts.rpt_trial_reliability
where dataset_id = $dataset_id
order by measure"""

EVERY = "all"


def summary() -> None:
    """Every model over the 17 datasets: the toolbox's table."""
    found = _shared.query(SUMMARY)
    people = _shared.query(CEILINGS)
    ranked = found.dropna(subset=["mean_rank"])
    st.write(
        "Over the 17 datasets of the model-vs-human toolbox, conditions are averaged, then people, "
        "then datasets; its excluded conditions are left out. **κ** is how often two observers err "
        "on the same images beyond what their accuracies explain: 0 is chance, 1 is always."
    )
    if not people.empty and pd.notna(people["error_consistency"].iloc[0]):
        row = people.iloc[0]
        best = ranked.loc[ranked["error_consistency"].idxmax()] if len(ranked) else None
        shown = {
            "People among themselves": (
                f"κ {row['error_consistency']:.3f}",
                "Mean over datasets of each person against the others.",
            )
        }
        if best is not None:
            shown["Most consistent model"] = (
                f"κ {best['error_consistency']:.3f}",
                f"{best['observer_id']} of {best['source_id']}, {best['n_datasets']} datasets.",
            )
        shown["Models"] = (
            f"{len(found)}",
            f"Names in {found['source_id'].nunique()} sources; {len(ranked)} of them whole, "
            "working, no second copy, and ranked.",
        )
        _shared.metrics(shown)
    found = _filters.choose_models()(found)
    if found.empty:
        return
    followed = _shared.choose_some(
        "Name these models in the plot", sorted(found["observer_id"].unique()), "named", at_most=8
    )
    chart = _shared.draw(trials.consistency_scatter, found, people, labelled=followed)
    _shared.scrolling_chart(chart, "summary")
    st.dataframe(found[list(_SUMMARY)], column_config=_SUMMARY, hide_index=True, height=420)
    st.caption(
        "The mean rank is over accuracy difference, observed consistency and error consistency, "
        "among ranked models; it moves when models are added. The 95 % intervals are those of "
        "other images and other people in the same 17 datasets, drawn alike for all models."
    )
    _shared.downloads(found, "behaviour_summary", chart)
    _shared.show_sql(SUMMARY)
    flagged = _shared.query(OBSERVERS)
    if not flagged.empty:
        with st.expander(f"{len(flagged)} models with a known problem"):
            st.dataframe(flagged, hide_index=True)


_SUMMARY = {
    "observer_id": st.column_config.TextColumn("Model", width=220),
    "source_id": "Source",
    "mean_rank": st.column_config.NumberColumn("Mean rank", format="%.2f"),
    "mean_rank_ci_low": st.column_config.NumberColumn("95 % from", format="%.1f"),
    "mean_rank_ci_high": st.column_config.NumberColumn("to", format="%.1f"),
    "error_consistency": _shared.number("κ with people"),
    "error_consistency_ci_low": _shared.number("κ, 95 % from"),
    "error_consistency_ci_high": _shared.number("κ, to"),
    "observed_consistency": _shared.number("Observed"),
    "accuracy_difference": st.column_config.NumberColumn(
        "Accuracy difference", format="%.4f", help="Squared; lower is closer to people."
    ),
    "ood_accuracy": _shared.number("Accuracy"),
    "shape_bias": _shared.number("Shape bias"),
    "n_datasets": "Datasets",
    "n_trials": "Trials",
    "is_broken": "Broken",
    "is_partial": "Partial",
    "duplicate_of": "Same answers as",
}


def consistency(dataset: pd.Series) -> None:
    """One dataset: κ against accuracy, and every pair of observers."""
    dataset_id = dataset["dataset_id"]
    found = _shared.query(trials.CONSISTENCY, dataset_id=dataset_id)
    if found.empty:
        st.info("No model has trials in this dataset.")
        return
    if found["error_consistency"].isna().all():
        st.info(
            "Models and people share fewer than 160 images under each condition here: too few for "
            "an error consistency. The accuracies can be compared."
        )
    named = _shared.choose_some(
        "Name these models in the plot", sorted(found["observer_id"].unique()), "named", at_most=8
    )
    people = trials.people_of(found)
    chart = _shared.draw(trials.consistency_scatter, found, people, labelled=named)
    _shared.scrolling_chart(chart, "consistency")
    if pd.notna(people["error_consistency"].iloc[0]):
        st.caption(
            f"Dashed: people among themselves, κ {people['error_consistency'].iloc[0]:.3f} "
            f"({people['n_subjects'].iloc[0]} people); the band goes from the least to the most "
            "consistent person."
        )
    _shared.downloads(found, f"{dataset_id}_consistency", chart)
    _shared.show_sql(trials.CONSISTENCY, dataset_id=dataset_id)

    st.subheader("Every pair of observers")
    kind = _shared.choose("Pairs of", list(KINDS), "kind", names=KINDS.get)
    pairs = _shared.query(PAIRS, dataset_id=dataset_id, pair_kind=kind)
    st.dataframe(pairs, column_config=_PAIRS, hide_index=True, height=300)
    st.caption(
        "All conditions kept, pooled: where some conditions are hard for everybody, pooling "
        "alone makes observers err together: κ here exceeds the averages over conditions above. "
        "The single conditions are in `fct_error_consistency`. Fewer than 160 shared images give "
        "no statistic."
    )
    _shared.downloads(pairs, f"{dataset_id}_{kind}_pairs")
    _shared.show_sql(PAIRS, dataset_id=dataset_id, pair_kind=kind)
    noise(dataset_id)


KINDS = {
    "model-human": "A model and a person",
    "human-human": "Two people (the ceiling)",
    "model-model": "Two models",
}

_PAIRS = {
    "observer_a": "Observer",
    "source_a": "of",
    "observer_b": "and observer",
    "source_b": "of ",
    "pair_kind": None,
    "n_trials": "Images",
    "accuracy_a": _shared.number("Accuracy"),
    "accuracy_b": _shared.number("and"),
    "observed_consistency": _shared.number("Observed"),
    "expected_consistency": _shared.number("Expected"),
    "error_consistency": _shared.number("κ"),
    "ci_low": _shared.number("95 % from"),
    "ci_high": _shared.number("to"),
    "is_same_answers": "Same answers",
}


def noise(dataset_id: str) -> None:
    """Would other images or other people order the models the same way?"""
    found = _shared.query(RELIABILITY, dataset_id=dataset_id)
    if found.empty:
        return
    for row in found.itertuples():
        what = {"accuracy": "accuracy", "error_consistency": "κ with people"}[row.measure]
        parts = []
        if pd.notna(row.reliability):
            parts.append(
                f"two halves of the images order {row.n_models} models by {what} with a "
                f"correlation of {row.split_half_estimate:.2f} (whole set {row.reliability:.2f})"
            )
        if pd.notna(row.subject_estimate):
            parts.append(
                f"two people agree on that order with {row.subject_estimate:.2f} "
                f"({row.n_subject_pairs} pairs of people)"
            )
        if parts:
            st.caption("; ".join(parts).capitalize() + ".")


def shape_bias() -> None:
    """Shape against texture, by category."""
    found = _shared.query(trials.SHAPE_BIAS, dataset_id="cue-conflict")
    if found.empty:
        st.info("There are no cue-conflict trials in this warehouse.")
        return
    st.write(
        "Cue-conflict images have the shape of one category and the texture of another, such as a "
        "cat with the skin of an elephant. Counted are the answers that name either."
    )
    models = sorted(found.loc[~found["is_human"], "observer_id"].unique())
    followed = _shared.choose_some("Draw these models as lines", models, "followed", at_most=4)
    chart = _shared.draw(trials.shape_bias_lines, found, followed=followed)
    _shared.scrolling_chart(chart, "shape")
    whole = found[found["category"].isna()].sort_values("shape_bias", ascending=False)
    shown = ["observer_id", "source_id", "is_human", "shape_bias", "ci_low", "ci_high", "n"]
    st.dataframe(
        whole[shown],
        column_config={
            "observer_id": "Observer",
            "source_id": "Source",
            "is_human": "Person",
            "shape_bias": _shared.number("Shape bias"),
            "ci_low": _shared.number("95 % from"),
            "ci_high": _shared.number("to"),
            "n": "Answers",
        },
        hide_index=True,
        height=300,
    )
    _shared.downloads(found, "shape_bias", chart)
    _shared.show_sql(trials.SHAPE_BIAS, dataset_id="cue-conflict")


def accuracy(dataset: pd.Series) -> None:
    """Accuracy against the strength of the distortion."""
    dataset_id = dataset["dataset_id"]
    found = _shared.query(trials.ACCURACY, dataset_id=dataset_id)
    models = sorted(found.loc[~found["is_human"], "observer_id"].unique())
    shown = _shared.choose_some("Draw these models in colour", models, "coloured", at_most=4)
    chart = _shared.draw(trials.accuracy_lines, found, shown=shown)
    _shared.scrolling_chart(chart, "accuracy")
    left_out = found.loc[found["is_excluded"]].sort_values("position")["condition"].unique()
    label = dataset["strength_label"]
    st.caption(
        "Orange: mean of people, the band from the lowest to the highest person. Chance is 1 in "
        "16."
        + (f" Conditions: {label}." if isinstance(label, str) else "")
        + (f" Averages leave out {', '.join(left_out)}." if len(left_out) else "")
    )
    _shared.downloads(found, f"{dataset_id}_accuracy", chart)
    _shared.show_sql(trials.ACCURACY, dataset_id=dataset_id)


def images(dataset: pd.Series) -> None:
    """Which images split people from models, and who said what."""
    dataset_id = dataset["dataset_id"]
    found = _shared.query(IMAGES, dataset_id=dataset_id)
    if found.empty:
        st.info("No image of this dataset was seen by people and models.")
        return
    chart = _shared.draw(trials.image_scatter, found)
    _shared.scrolling_chart(chart, "images")
    st.caption(
        "Right of the diagonal more people than models recognise the image. Pick a row below to "
        "see every answer."
    )
    columns = {
        "image_key": st.column_config.TextColumn("Image", width=220),
        "condition": "Condition",
        "category": "Category",
        "human_accuracy": st.column_config.NumberColumn("People right", format="percent"),
        "n_subjects": "People",
        "model_accuracy": st.column_config.NumberColumn("Models right", format="percent"),
        "n_models": "Models",
        "human_response": "People say",
        "model_response": "Models say",
    }
    picked = st.dataframe(
        found[list(columns)],
        column_config=columns,
        hide_index=True,
        height=300,
        on_select="rerun",
        selection_mode="single-row",
        key="image_row",
    )
    _shared.downloads(found, f"{dataset_id}_images", chart)
    _shared.show_sql(IMAGES, dataset_id=dataset_id)
    rows = picked.selection.rows
    image = found.iloc[rows[0] if rows and rows[0] < len(found) else 0]
    chosen = {
        "dataset_id": dataset_id,
        "condition": image["condition"],
        "image_key": image["image_key"],
    }
    st.subheader(f"Every answer to {image['image_key']}")
    st.caption(f"Condition {image['condition']}, category {image['category']}.")
    answers = _shared.query(ANSWERS, **chosen)
    st.dataframe(answers, hide_index=True, height=300)
    _shared.downloads(answers, f"{dataset_id}_answers")
    _shared.show_sql(ANSWERS, **chosen)


def confusions(dataset: pd.Series) -> None:
    """What one observer answers to each category."""
    dataset_id = dataset["dataset_id"]
    observers = _shared.query(CONFUSED, dataset_id=dataset_id)
    if observers.empty:
        st.info("Nobody has trials in this dataset.")
        return
    names = (observers["source_id"] + "/" + observers["observer_id"]).tolist()
    name = _shared.choose("Observer", names, "observer")
    source_id, observer_id = name.split("/", 1)
    chosen = {"dataset_id": dataset_id, "source_id": source_id, "observer_id": observer_id}
    found = _shared.query(CONFUSIONS, **chosen)
    chart = _shared.draw(trials.confusion_heatmap, found)
    _shared.scrolling_chart(chart, "confusions")
    _shared.downloads(found, f"{dataset_id}_{observer_id}_confusions", chart)
    _shared.show_sql(CONFUSIONS, **chosen)


VIEWS = {
    "consistency": "Error consistency: do they err on the same images?",
    "shape": "Shape bias: shape or texture?",
    "accuracy": "Accuracy against the strength of a distortion",
    "images": "Images that split people from models",
    "confusions": "Confusions: what is taken for what?",
}


def main() -> None:
    """Draw the page."""
    st.title("Trial by trial")
    st.write(
        "People and models were shown the same distorted images and chose one of 16 categories. "
        "Every answer is kept, so one can ask whether they fail on the same images."
    )
    datasets = _shared.query(DATASETS)
    datasets = datasets[datasets["n_trials"] > 0].set_index("dataset_id", drop=False)
    if datasets.empty:
        _shared.stop_absent("model_vs_human", "This view")
    view = _shared.choose("What to see", list(VIEWS), "view", names=VIEWS.get)
    if view == "shape":
        shape_bias()
    else:
        ids = datasets.index.tolist()
        options = [EVERY, *ids] if view == "consistency" else ids
        dataset_id = _shared.choose(
            "Dataset",
            options,
            "dataset" if view == "consistency" else "one_dataset",
            names=lambda i: (
                "All 17 datasets of the toolbox" if i == EVERY else datasets.at[i, "title"]
            ),
        )
        if dataset_id == EVERY:
            summary()
        else:
            dataset = datasets.loc[dataset_id]
            st.caption(
                f"{dataset['n_trials']:,} trials by {dataset['n_subjects']} people and "
                f"{dataset['n_models']} models on {dataset['n_stimuli']:,} images."
            )
            {
                "consistency": consistency,
                "accuracy": accuracy,
                "images": images,
                "confusions": confusions,
            }[view](dataset)
    _shared.cite("model_vs_human", datasets["citation"])


main()
