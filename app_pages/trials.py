"""Trial by trial: do models err where people err, decide by shape, and hold up like people?"""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose, choose_some
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import ask, draw, facts, metrics, select, table, view
from warehouse.figures import marks, trials

EVERY = "all"

KINDS = {
    "model-human": "A model and a person",
    "human-human": "Two people (the ceiling)",
    "model-model": "Two models",
}


def choose_named(found: pd.DataFrame) -> list[str]:
    """Models whose names the reader wants in the plot."""
    models = sorted(found["observer_id"].unique())
    return choose_some("Name these models in the plot", models, "named", at_most=8)


def summary() -> None:
    """Every model over the 17 datasets: the toolbox's table."""
    found = select("fct_behaviour_summary", order="mean_rank nulls last, source_id, observer_id")
    people = select("rpt_human_ceilings", order="all", dataset_id="all").rows
    rows = found.rows
    ranked = rows.dropna(subset=["mean_rank"])
    st.write(
        "Over the 17 datasets of the model-vs-human toolbox, without its excluded conditions. "
        f"**κ**: {TERMS['error consistency'].removeprefix('κ: ')}"
    )
    if not people.empty and pd.notna(people["error_consistency"].iloc[0]):
        kappa = f"κ {people['error_consistency'].iloc[0]:.3f}"
        help = "Mean over datasets of each person against the others."
        shown = {"People among themselves": (kappa, help)}
        if len(ranked):
            best = ranked.loc[ranked["error_consistency"].idxmax()]
            help = f"Of {best['source_id']}, over {best['n_datasets']} datasets; 95 % interval."
            name = f"Most consistent model: {best['observer_id']}"
            low, high = (best[f"error_consistency_ci_{side}"] for side in ("low", "high"))
            shown[name] = (f"κ {best['error_consistency']:.3f} [{low:.3f}, {high:.3f}]", help)
        n = f"{len(ranked)} are ranked: complete, not broken, and no copy of another."
        shown["Models"] = (f"{len(rows)}", f"Names in {rows['source_id'].nunique()} sources; {n}")
        metrics(shown)
    rows = _filters.choose_models()(rows)
    if rows.empty:
        return
    view(
        found.only(rows),
        draw(trials.consistency_scatter, rows, people, labelled=choose_named(rows)),
        "observer_id, source_id, mean_rank, mean_rank_ci_low, mean_rank_ci_high, "
        "error_consistency, error_consistency_ci_low, error_consistency_ci_high, "
        "share_near_ceiling, observed_consistency, accuracy_difference, ood_accuracy, "
        "shape_bias, n_datasets, n_trials, is_broken, is_partial, duplicate_of",
        said="Dashed: people among themselves; the band goes from the least to the most consistent "
        "person. The mean rank is over three measures, among ranked models; it changes when models "
        "are added. 95 % intervals: other images and other people in the same datasets. "
        f"{int((rows['n_datasets'] < rows['n_datasets'].max()).sum())} of these {len(rows)} models "
        "have trials in some of the 17 datasets only: do not compare them with the others. "
        + trials.HOLLOW,
        labels={"observer_id": "Model"},
        height=420,
    )
    observers = select(
        "dim_observers", "source_id, observer_id, reason", order="all", is_human=False
    )
    flagged = observers.rows.dropna(subset="reason")
    if not flagged.empty:
        with st.expander(f"{len(flagged)} models with a known problem"):
            table(flagged, observers.mart)


def consistency(dataset_id: str) -> None:
    """One dataset: κ against accuracy, and every pair of observers."""
    found = ask(trials.CONSISTENCY, dataset_id=dataset_id)
    rows = found.rows
    if rows.empty:
        st.info("No model has trials in this dataset.")
        return
    if rows["error_consistency"].isna().all():
        st.info("Models and people share fewer than 160 images in each condition: too few for κ.")
    people = trials.people_of(rows)
    kappa, n = people[["error_consistency", "n_subjects"]].iloc[0]
    view(
        found,
        draw(trials.consistency_scatter, rows, people, labelled=choose_named(rows)),
        said=trials.HOLLOW
        + (
            f" Dashed: people among themselves, κ {kappa:.3f} ({n:.0f} people); the band goes from "
            "the least to the most consistent person."
            if pd.notna(kappa)
            else ""
        ),
    )

    st.subheader("Every pair of observers")
    kind = choose("Pairs of", KINDS, "kind")
    pairs = select(
        "fct_error_consistency",
        "observer_a, source_a, observer_b, source_b, n_trials, accuracy_a, accuracy_b, "
        "observed_consistency, expected_consistency, error_consistency, ci_low, ci_high, "
        "is_near_ceiling, is_same_answers",
        order="error_consistency desc nulls last",
        dataset_id=dataset_id,
        condition="all",
        pair_kind=kind,
    )
    view(
        pairs,
        columns="*",
        said="The images of all conditions are pooled: where some are hard for everybody, that "
        "alone makes observers err together, so κ is higher than in the averages above (single "
        "conditions: `fct_error_consistency`). Fewer than 160 shared images give no κ. Near "
        "ceiling, fewer than five images are expected to be missed by both: do not rank by such κ.",
        height=300,
    )
    view(
        select("rpt_trial_reliability", order="measure", dataset_id=dataset_id),
        columns="measure, n_models, split_half_estimate, reliability, subject_estimate, "
        "n_subject_pairs",
        title="Would other images, or other people, order the models alike?",
    )


def shape_bias() -> None:
    """Shape against texture, by category."""
    found = ask(trials.SHAPE_BIAS, dataset_id="cue-conflict")
    rows = found.rows
    if rows.empty:
        st.info("There are no cue-conflict trials in this warehouse.")
        return
    st.write(
        "Images have the shape of one category and the texture of another, as a cat's and an "
        "elephant's; only answers that name one of the two are counted."
    )
    models = sorted(rows.loc[~rows["is_human"], "observer_id"].unique())
    followed = choose_some("Draw these models as lines", models, "followed", at_most=4)
    view(
        found,
        draw(trials.shape_bias_lines, rows, followed=followed),
        "observer_id, source_id, is_human, shape_bias, ci_low, ci_high, n",
        said="A point is one person or model on one category, a tick their mean, a dashed line the "
        "mean over all categories.",
        shown=rows[rows["category"].isna()].sort_values("shape_bias", ascending=False),
        height=300,
    )


def ages() -> None:
    """Children, adults and networks on the same images."""
    titles = datasets.loc[datasets["is_by_age"], "title"].to_dict()
    if not titles:
        stop_absent("robustness_development", "This view")
    found = ask(trials.AGES, dataset_id=choose("Dataset", titles, "ages_dataset"))
    st.write(" ".join(said_of_ages(found.rows)))
    view(
        found,
        trials.age_points,
        "group_name, measure, estimate, ci_low, ci_high, n_people, n",
        said="Over all distorted images. Accuracy: of all trials of a group; on cue-conflict "
        "images the shape is the right answer. κ with adults: mean over pairs of observers who "
        "share at least 20 images of a condition, as the authors count it; so few images make a "
        "rough κ, so only averages are shown. 95 % intervals: other people of the same age; a "
        "single network has none.",
        height=300,
    )


def said_of_ages(rows: pd.DataFrame) -> Iterator[str]:
    """A sentence per measure: the youngest, the oldest children, adults and the networks."""
    for measure, name in trials.AGE_MEASURES.items():
        part = rows[rows["measure"] == measure]
        children, networks = part[part["age_from"] < 18], part[part["group_kind"] == "model"]
        if children.empty or networks.empty:
            continue
        first, last = (
            f"{r.estimate:.2f} [{r.ci_low:.2f}, {r.ci_high:.2f}] at {r.group_name} years"
            for r in (children.iloc[0], children.iloc[-1])
        )
        adults = part.loc[part["group_name"] == "adults", "estimate"]
        among = " (among themselves)" if measure == "error_consistency" else ""
        yield (
            f"**{name}** goes from {first} to {last}; adults{among} have {adults.iloc[0]:.2f}, "
            f"networks lie {marks.reach(networks['estimate'])}."
        )


def accuracy(dataset_id: str) -> None:
    """Accuracy against the strength of the distortion."""
    found = ask(trials.ACCURACY, dataset_id=dataset_id)
    rows = found.rows
    models = sorted(rows.loc[~rows["is_human"], "observer_id"].unique())
    shown = choose_some("Draw these models in colour", models, "coloured", at_most=4)
    left_out = rows.loc[rows["is_excluded"]].sort_values("position")["condition"].unique()
    label = datasets.at[dataset_id, "strength_label"]
    view(
        found,
        draw(trials.accuracy_lines, rows, shown=shown),
        said="Orange: mean of people, the band from the lowest to the highest. Chance is 1 in 16."
        + (f" Conditions: {label}." if isinstance(label, str) else "")
        + (f" Averages leave out {', '.join(left_out)}." if len(left_out) else ""),
    )


def images(dataset_id: str) -> None:
    """Which images split people from models, and who said what."""
    of = {"dataset_id": dataset_id}
    found = select(
        "rpt_image_disagreements", order="abs(difference) desc, condition, image_key", **of
    )
    picked = view(
        found,
        trials.image_scatter,
        "image_key, condition, category, human_accuracy, n_subjects, model_accuracy, n_models, "
        "human_answers, model_answers",
        said="Right of the diagonal more people than models recognise the image. Broken models and "
        "copies of others do not count here. Pick a row below to see every answer.",
        absent="No image of this dataset was seen by people and models.",
        height=300,
        on_select="rerun",
        selection_mode="single-row",
        key="image_row",
    )
    if picked is None:
        return
    rows = picked.selection.rows
    image = found.rows.iloc[rows[0] if rows and rows[0] < len(found.rows) else 0]
    answers = select(
        "fct_trials",
        "is_human, source_id, observer_id, response, is_correct, rt, source_file, source_row",
        order="is_human desc, source_id, observer_id",
        **of,
        condition=image["condition"],
        image_key=image["image_key"],
    )
    view(
        answers,
        columns="*",
        title=f"Every answer to {image['image_key']}",
        said=f"Condition {image['condition']}, category {image['category']}.",
        height=300,
    )


def confusions(dataset_id: str) -> None:
    """What one observer answers to each category."""
    who = "is_human desc, source_id, observer_id"
    of = {"dataset_id": dataset_id}
    observers = select("fct_confusions", f"distinct {who.replace(' desc', '')}", order=who, **of)
    if observers.is_empty:
        st.info("Nobody has trials in this dataset.")
        return
    names = (observers.rows["source_id"] + "/" + observers.rows["observer_id"]).tolist()
    source_id, observer_id = choose("Observer", names, "observer").split("/", 1)
    of |= {"source_id": source_id, "observer_id": observer_id}
    view(
        select("fct_confusions", order="category, response", **of),
        trials.confusion_heatmap,
        said="Each row adds up to 100 %; *na* is no answer. Point at a tile for its trials.",
    )


SHOWN = {f.__name__: f for f in (consistency, accuracy, images, confusions)}
VIEWS = {
    "consistency": "Error consistency: do they err on the same images?",
    "shape": "Shape bias: shape or texture?",
    "ages": "Children and adults: what changes with age?",
    "accuracy": "Accuracy against the strength of a distortion",
    "images": "Images that split people from models",
    "confusions": "Confusions: what is taken for what?",
}


datasets = select("dim_trial_datasets", order="position").rows
datasets = datasets[datasets["n_trials"] > 0].set_index("dataset_id", drop=False)
if datasets.empty:
    stop_absent("model_vs_human", "This view")
wanted = choose("What to see", VIEWS, "view")
if wanted == "shape":
    shape_bias()
elif wanted == "ages":
    ages()
else:
    titles = datasets.loc[~datasets["is_by_age"], "title"].to_dict()
    whole = {EVERY: "All 17 datasets of the toolbox"} if wanted == "consistency" else {}
    dataset_id = choose("Dataset", whole | titles, "dataset" if whole else "one_dataset")
    if dataset_id == EVERY:
        summary()
    else:
        counts = "n_trials, n_subjects, n_models, n_stimuli"
        st.caption(facts(datasets.loc[dataset_id], "dim_trial_datasets", counts))
        SHOWN[wanted](dataset_id)
cite(
    "robustness_development" if wanted == "ages" else "model_vs_human",
    citations=datasets["citation"],
)
