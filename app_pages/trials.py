"""Trial by trial: do networks err where people err, decide by shape, and hold up like people?"""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages import _filters, _trials_images
from app_pages._choices import choose, choose_some, permalink, tabs
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import ask, draw, finding, limits, names_of, select, view
from warehouse.figures import marks, trials

EVERY = "all"

PAIRS = {
    "model-human": "A network and a person",
    "human-human": "Two people",
    "model-model": "Two networks",
}

NAME = r"#(.*)$"
"""What is read of the link of an observer."""

RESAMPLED = (
    "Intervals are for other images and other people in the same data sets, drawn again 1,000 "
    "times."
)

KAPPA = (
    f"**κ**: {TERMS['error consistency'].removeprefix('κ: ')} It is computed in each condition, "
    "then averaged over conditions, people and data sets, as in the toolbox of Geirhos et al. "
    f"(2021). The band goes from the least to the most consistent person. {RESAMPLED} That of "
    "people is rather too wide."
)


def choose_dataset(place: DeltaGenerator, *, whole: bool = True) -> str:
    """Let the reader pick one of the data sets whose people are adults, or all 17."""
    titles = datasets.loc[~datasets["is_by_age"], "title"].to_dict()
    every = {EVERY: f"All {int(datasets['is_toolbox'].sum())} of the toolbox"} if whole else {}
    return choose(
        "Dataset", every | titles, "dataset", default=None if whole else "edge", place=place
    )


def like(rows: pd.DataFrame, place: DeltaGenerator | None) -> tuple[pd.DataFrame, str]:
    """Rows that may stand beside each other, and what is left out, in words.

    With a place for the switch all rows on demand.
    """
    n, reasons = trials.left_out(rows)
    if reasons.empty:
        return rows, ""
    n_unlike = reasons.sum()
    counted = ", ".join(f"{times} × {reason}" for reason, times in reasons.items())
    said = f"Left out: {n_unlike} networks ({counted})."
    if place is None:
        return trials.drawn(rows), said
    offered = {
        "comparable": f"{n} comparable",
        "all": f"All {n + n_unlike}",
    }
    chosen = choose("Networks", offered, "which", help=said, place=place, is_switch=True)
    return (rows if chosen == "all" else trials.drawn(rows)), said


def named(rows: pd.DataFrame, place: DeltaGenerator) -> list[str]:
    """Networks that the reader wants named, or followed, in a chart; private ones always are."""
    networks = rows[~rows["is_private"].astype(bool)]
    networks = networks[~networks["is_human"]] if "is_human" in rows else networks
    known = sorted(networks["observer_name"].unique())
    with place:
        return choose_some("Name in the chart", known, "named", at_most=8)


def consistency() -> None:
    """Do networks err on the images on which people err?"""
    places = st.columns(3)
    dataset_id = choose_dataset(places[0])
    if dataset_id == EVERY:
        found = select("fct_behaviour_summary", order="error_consistency desc, observer_name")
        people = select("rpt_human_ceilings", order="all", dataset_id=EVERY).rows
        ranks = ", mean_rank, mean_rank_ci_low, mean_rank_ci_high"
    else:
        found = ask(trials.CONSISTENCY, dataset_id=dataset_id)
        found = found.only(trials.highest_first("error_consistency")(found.rows))
        people, ranks = trials.people_of(found.rows), ""
    rows, left_out = like(found.rows, places[1])
    rows = _filters.choose_models()(rows)
    known = trials.comparable(rows).dropna(subset="error_consistency")
    if known.empty or people.empty:
        st.info("Networks and people share fewer than 160 images in each condition: no κ.")
        return
    best, among = known.loc[known["error_consistency"].idxmax()], people.iloc[0]
    text = (
        f"Of {len(known)} networks **{best['observer_name']}** errs most as people do, at κ "
        f"{best['error_consistency']:.2f}{limits(best, 'error_consistency_')}"
    )
    if pd.notna(among["error_consistency"]):
        text += (
            f"; {among['n_subjects']:.0f} people agree among themselves at "
            f"{among['error_consistency']:.2f}{limits(among, 'error_consistency_')}"
        )
    rank = " Mean rank: over accuracy difference, observed and error consistency." * bool(ranks)
    finding(f"{text}.", f"{KAPPA}{rank} {trials.HOLLOW}\n\n{left_out}\n\n{reliability(dataset_id)}")
    labelled = named(rows, places[2])
    shown = {best["observer_name"], known.loc[known["ood_accuracy"].idxmax(), "observer_name"]}
    view(
        found.only(rows),
        draw(trials.consistency_scatter, rows, people, labelled=[*labelled, *sorted(shown)]),
        "observer_name, "
        + "left_out_because, " * (len(rows) > len(trials.drawn(rows)))
        + "error_consistency, error_consistency_ci_low, error_consistency_ci_high, ood_accuracy, "
        f"observed_consistency, accuracy_difference{ranks}",
        said="Hollow: most of its κ are near ceiling and say little."
        * bool((rows["share_near_ceiling"] > 0.5).any()),
        shown=linked(rows),
        config={"observer_name": st.column_config.LinkColumn("Network", display_text=NAME)},
        height=300,
    )
    if dataset_id != EVERY:
        pairs(dataset_id)


def linked(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose names of observers lead to the page of the model, where there is one."""
    who = ["source_id", "observer_id"]
    if "model_id" not in rows:
        known = select("dim_observers", "source_id, observer_id, model_id", order="all").rows
        rows = rows.merge(known.dropna().drop_duplicates(who), on=who, how="left")
    links = [
        f"{permalink('model', m) if isinstance(m, str) else ''}#{quote(name)}"
        for m, name in zip(rows["model_id"], rows["observer_name"], strict=True)
    ]
    return rows.assign(observer_name=links)


def reliability(dataset_id: str) -> str:
    """Whether other images or people would order the networks alike, in words."""
    found = select("rpt_trial_reliability", order="all", dataset_id=dataset_id).rows
    for row in found[found["measure"] == "error_consistency"].dropna().itertuples():
        return (
            f"The order of {row.n_models} networks by κ has a reliability of {row.reliability:.2f} "
            f"over images, and correlates at {row.subject_estimate:.2f} between two people."
        )
    return ""


def pairs(dataset_id: str) -> None:
    """Every pair of observers on one data set."""
    kind = choose("Pairs", PAIRS, "pairs")
    found = select(
        "fct_error_consistency",
        "observer_a, observer_b, error_consistency, ci_low, ci_high, n_trials, accuracy_a, "
        "accuracy_b, is_near_ceiling, is_same_answers, source_a, source_b",
        order="error_consistency desc nulls last",
        dataset_id=dataset_id,
        condition="all",
        pair_kind=kind,
    )
    sources = names_of("source_id")
    view(
        found,
        columns="*",
        title="Every pair",
        said="Conditions are pooled, which alone makes observers err together: κ is higher here.",
        names={"source_a": sources, "source_b": sources},
        labels={"source_a": "First from", "source_b": "Second from"},
        height=260,
    )


def shape_bias() -> None:
    """Shape against texture, by category."""
    found = ask(trials.SHAPE_BIAS, dataset_id="cue-conflict")
    if found.is_empty:
        st.info("There are no cue-conflict trials in this warehouse.")
        return
    places = st.columns(2)
    rows, left_out = like(found.rows, places[0])
    whole = trials.comparable(rows[rows["category"].isna()]).sort_values("shape_bias")
    people, networks = whole[whole["is_human"]], whole[~whole["is_human"]]
    text = "No network has cue-conflict trials here."
    if len(people) and len(networks):
        least, best = people.iloc[0], networks.iloc[-1]
        n = int((networks["shape_bias"] >= least["shape_bias"]).sum())
        text = (
            f"{n or 'None'} of {len(networks)} networks decide by shape as often as the least "
            f"shape-biased of {len(people)} people, {least['shape_bias']:.2f}{limits(least)}; the "
            f"most shape-biased, **{best['observer_name']}**, reaches "
            f"{best['shape_bias']:.2f}{limits(best)}."
        )
    finding(
        text,
        "Images have the shape of one category and the texture of another; only answers that name "
        "one of the two count. A point is one person or network on one category, a tick their "
        "mean, a dashed line the mean over all. Intervals: Wilson, for other images. " + left_out,
    )
    view(
        found.only(rows),
        draw(trials.shape_bias_lines, rows, followed=named(rows, places[1])),
        "observer_name, is_human, shape_bias, ci_low, ci_high, n",
        config={"observer_name": st.column_config.LinkColumn("Observer", display_text=NAME)},
        shown=linked(rows[rows["category"].isna()].sort_values("shape_bias", ascending=False)),
        height=300,
    )


def accuracy() -> None:
    """Accuracy of people and networks on distorted images."""
    places = st.columns(3)
    dataset_id = choose_dataset(places[0])
    if dataset_id == EVERY:
        gaps()
        return
    found = ask(trials.ACCURACY, dataset_id=dataset_id)
    rows, left_out = like(found.rows, places[1])
    whole = select("fct_dataset_behaviours", order="ood_accuracy desc", dataset_id=dataset_id).rows
    people = select("rpt_human_ceilings", order="all", dataset_id=dataset_id).rows
    excluded = rows.loc[rows["is_excluded"]].sort_values("position")["condition"].unique()
    label = datasets.at[dataset_id, "strength_label"]
    finding(
        said_of_accuracy(trials.comparable(whole), people),
        "Orange: mean of people, the band from the lowest to the highest. Chance is 1 in 16."
        + (f" Conditions: {label}." if isinstance(label, str) else "")
        + (f" Averages leave out {', '.join(excluded)}, as the toolbox does." * bool(len(excluded)))
        + f" {RESAMPLED}\n\n{left_out}",
    )
    view(found.only(rows), draw(trials.accuracy_lines, rows, shown=named(rows, places[2])))


def gaps() -> None:
    """Accuracy on every data set, of the networks that were tried on all."""
    found = ask(trials.GAPS)
    summary = select("fct_behaviour_summary", order="ood_accuracy desc").rows
    people = select("rpt_human_ceilings", order="all", dataset_id=EVERY).rows
    if found.is_empty:
        st.info("No network has trials on all data sets here.")
        return
    _, left_out = like(summary, None)
    finding(
        said_of_accuracy(trials.comparable(summary), people),
        "Mean over the conditions that the toolbox keeps, then over data sets. Bars go from the "
        f"lowest to the highest person, ticks are their mean. {RESAMPLED}\n\n{left_out}",
    )
    view(found, trials.accuracy_gaps)


def said_of_accuracy(networks: pd.DataFrame, people: pd.DataFrame) -> str:
    """How many networks are more accurate than people are on average, in words."""
    networks = networks.dropna(subset="ood_accuracy")
    if networks.empty or people.empty:
        return "People and networks have no data set in common here."
    mean, n_people = people[["ood_accuracy", "n_subjects"]].iloc[0]
    above = int((networks["ood_accuracy_ci_low"] > mean).sum())
    best = networks.iloc[0]
    return (
        f"{n_people:.0f} people are right on {mean:.0%} of distorted images, {len(networks)} "
        f"networks on {networks['ood_accuracy'].min():.0%} to {best['ood_accuracy']:.0%}"
        f"{limits(best, 'ood_accuracy_', '.0%')} by **{best['observer_name']}**; "
        f"{above or 'none'} {'lies' if above == 1 else 'lie'} above people with the whole interval."
    )


def ages() -> None:
    """Children, adults and networks on the same images."""
    titles = datasets.loc[datasets["is_by_age"], "title"].to_dict()
    if not titles:
        stop_absent("robustness_development", "This view")
    dataset_id = choose("Dataset", titles, "ages_dataset", default="cue-conflict-ages")
    found = ask(trials.AGES, dataset_id=dataset_id)
    years = found.rows["group_name"].str.replace("-", "–")
    found = found.only(found.rows.assign(group_name=years))
    said = list(said_of_ages(found.rows))
    finding(
        said[-1] if said else "This data set has no age groups here.",
        "\n\n".join(
            [
                *said[:-1],
                "Over all distorted images. On cue-conflict images the shape is the right answer. "
                "κ with adults: mean over pairs who share at least 20 images of a condition, as "
                "the authors count it. Intervals: other people of the same age; a single network "
                "has none.",
            ]
        ),
    )
    view(found, trials.age_points)


def said_of_ages(rows: pd.DataFrame) -> Iterator[str]:
    """A sentence per measure: the youngest, the oldest children, adults and the networks."""
    for measure, name in trials.AGE_MEASURES.items():
        part = rows[rows["measure"] == measure]
        children, networks = part[part["age_from"] < 18], part[part["group_kind"] == "model"]
        if children.empty or networks.empty:
            continue
        first, last = (
            f"{r['estimate']:.2f}{limits(r)} in {r['n_people']} children of {r['group_name']} years"
            for _, r in children.iloc[[0, -1]].iterrows()
        )
        adults = part.loc[part["group_name"] == "adults", "estimate"]
        among = " (among themselves)" if measure == "error_consistency" else ""
        yield (
            f"**{name}** goes from {first} to {last}; adults{among} have {adults.iloc[0]:.2f}, "
            f"{len(networks)} networks lie {marks.reach(networks['estimate'])}."
        )


def confusions() -> None:
    """What one observer answers to each category."""
    places = st.columns(2)
    dataset_id = choose_dataset(places[0], whole=False)
    who = "is_human, source_id, observer_id"
    held = select("fct_confusions", f"distinct {who}", order=who, dataset_id=dataset_id).rows
    if held.empty:
        st.info("Nobody has trials in this data set.")
        return
    known = select(
        "dim_observers", order="is_human, observer_name", dataset_scope=[EVERY, dataset_id]
    ).rows
    known = known.merge(held, on=who.split(", ")).astype({"reason": object})
    keys = known["source_id"] + "/" + known["observer_id"]
    reasons = known["reason"].map(lambda why: "" if pd.isna(why) else " (known problem)")
    reasons = reasons.mask(known["is_private"].astype(bool), f" ({trials.YOURS})")
    sources = known["source_id"].map(names_of("source_id"))
    names = dict(zip(keys, known["observer_name"] + reasons + " – " + sources, strict=True))
    source_id, observer_id = choose("Observer", names, "observer", place=places[1]).split("/", 1)
    of = {"dataset_id": dataset_id, "source_id": source_id, "observer_id": observer_id}
    found = select("fct_confusions", order="category, response", **of)
    wrong = found.rows[~found.rows["response"].isin(["na"])]
    wrong = wrong[wrong["category"] != wrong["response"]]
    name = names[f"{source_id}/{observer_id}"].split(" – ")[0]
    text = f"{name} takes no category for another."
    if len(wrong):
        most = wrong.loc[wrong["share"].idxmax()]
        of_all = round(most["n_trials"] / most["share"])
        text = (
            f"**{name}** most often takes one category for another with images of "
            f"“{most['category']}”: it answers “{most['response']}” to {most['n_trials']} of "
            f"{of_all} ({most['share']:.0%})."
        )
    finding(text, "Over all conditions. Each row adds up to 100 %; *na* is no answer in time.")
    view(found, trials.confusion_heatmap)


VIEWS: dict[str, Callable[[], None]] = {
    "Error consistency": consistency,
    "Image by image": lambda: _trials_images.show(datasets),
    "Shape bias": shape_bias,
    "Accuracy gap": accuracy,
    "By age": ages,
    "Confusions": confusions,
}
OLD = {
    "consistency": "error-consistency",
    "images": "image-by-image",
    "shape": "shape-bias",
    "accuracy": "accuracy-gap",
    "ages": "by-age",
    "confusions": "confusions",
}
"""What tabs were called in addresses that people may have kept."""


datasets = select("dim_trial_datasets", order="position").rows
datasets = datasets[datasets["n_trials"] > 0].set_index("dataset_id", drop=False)
if datasets.empty:
    stop_absent("model_vs_human", "This view")
if st.query_params.get("view") in OLD:
    st.query_params["tab"] = OLD[st.query_params["view"]]
    del st.query_params["view"]
cite("model_vs_human", "robustness_development", citations=datasets["citation"])
tabs(VIEWS)
