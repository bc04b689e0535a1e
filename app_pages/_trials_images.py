"""Images that split people and networks, as cards: who said what, and where the image is."""

import pandas as pd
import streamlit as st

from app_pages._choices import choose
from app_pages._views import ask, finding, limits, select, table, typeset, view
from warehouse.figures import trials

EVERY = "all"
KINDS = trials.SPLIT | {"disagree": "People disagree"}
PER_PAGE = 6
ANSWERS = 3
"""Different answers that a card names."""

RULE = (
    "**An image is split** when more than half of the people are right and fewer than half of the "
    "networks, or the reverse, and the 95 % interval of the difference of the two shares "
    "(Newcombe) leaves out zero. **Expected** (grey ticks): what would be split if people and "
    "networks differed in accuracy alone, their odds of being right by the same factor on all "
    "images of a condition (Fisher’s noncentral hypergeometric distribution, each image keeping "
    "its right answers). More than that: the factor differs between images. Cards "
    "begin with the image of each data set whose interval ends farthest from zero. On "
    "cue-conflict images the shape counts as right. Networks near chance and copies of others "
    "have no say; neither have conditions that the toolbox leaves out, unless one is picked. "
    "Images belong to their publishers: the links lead there."
)
DISAGREEING = (
    "No answer was given by more than half of the people. With four people an image this is a "
    "description, not a test."
)


def show(datasets: pd.DataFrame) -> None:
    """Contested images, by the choice of the reader."""
    places = st.columns(3)
    toolbox = datasets[datasets["is_toolbox"].astype(bool)]
    every = {EVERY: f"All {len(toolbox)} of the toolbox"}
    kind = choose("Which images", KINDS, "split", place=places[0])
    dataset_id = choose("Dataset", every | toolbox["title"].to_dict(), "dataset", place=places[1])
    splits = select("rpt_image_splits", order="position nulls first", dataset_id=dataset_id).rows
    if splits.empty:
        st.info("No image of this data set was seen by people and networks.")
        return
    splits = splits.set_index("condition", drop=False)
    conditions = {EVERY: "All that the toolbox keeps"}
    if len(splits) > 2:
        dataset = datasets.loc[dataset_id]
        conditions |= {
            c: in_words(dataset, row["strength"]) for c, row in splits.iterrows() if c != EVERY
        }
    condition = choose("Condition", conditions, "condition", place=places[2])
    finding(said_of(splits.loc[condition], kind), RULE if kind != "disagree" else DISAGREEING)
    of = {"is_excluded": False} if condition == EVERY else {"condition": condition}
    if dataset_id == EVERY:
        bars = trials.disagreement_bars if kind == "disagree" else trials.split_bars
        view(ask(trials.SPLITS), bars)
    else:
        of["dataset_id"] = dataset_id
        view(select("rpt_image_disagreements", order="image_key", **of), trials.image_scatter)
    if kind == "disagree":
        of["is_without_majority"] = True
        order = "n_subjects desc, abs(difference) desc, dataset_id, condition, image_key"
    else:
        of["split"] = kind
        order = "split_rank, greatest(ci_low, -ci_high) desc, dataset_id, condition, image_key"
    cards(select("rpt_image_disagreements", order=order, **of).rows, datasets)


def said_of(splits: pd.Series, kind: str) -> str:
    """How many images are split, and how many would be by the gap in accuracy, in words."""
    n = splits["n_images"]
    people = f"{splits['n_subjects_min']} to {splits['n_subjects_max']} people"
    if splits["n_subjects_min"] == splits["n_subjects_max"]:
        people = f"{splits['n_subjects_min']} people"
    if kind == "disagree":
        return (
            f"On **{splits['n_without_majority']:,} of {n:,} images** no answer is shared by more "
            f"than half of the {people} who saw it."
        )
    sides = {
        "people_right": "recognised by most people and missed by most networks",
        "models_right": "recognised by most networks and missed by most people",
    }
    other = next(side for side in sides if side != kind)
    return (
        f"**{splits[f'n_{kind}']:,} of {n:,} images** are significantly split, {sides[kind]} "
        f"({splits[f'expected_{kind}_by_gap']:,.0f} expected from how far apart the two are in "
        f"each condition), **{splits[f'n_{other}']:,}** the other way round "
        f"({splits[f'expected_{other}_by_gap']:,.0f} expected); {people} saw each."
    )


def in_words(dataset: pd.Series, strength: float) -> str:
    """A condition for people: what is varied, and how strongly."""
    label = dataset["strength_label"]
    if not isinstance(label, str) or pd.isna(strength):
        return "one condition"
    if dataset["kind"] == "binary":
        return label if strength else f"without {label}"
    return f"{label}: {strength:g}"


def cards(rows: pd.DataFrame, datasets: pd.DataFrame) -> None:
    """A few images at a time, as cards; the reader turns the pages."""
    if rows.empty:
        st.info("No image here is of that kind.")
        return
    starts = range(0, len(rows), PER_PAGE)
    pages = {
        str(i + 1): f"{first + 1:,} to {min(first + PER_PAGE, len(rows)):,} of {len(rows):,}"
        for i, first in enumerate(starts)
    }
    first = (int(choose("Cards", pages, "cards")) - 1) * PER_PAGE
    shown = rows.iloc[first : first + PER_PAGE]
    for start in range(0, len(shown), 3):
        for place, (_, image) in zip(
            st.columns(3), shown.iloc[start : start + 3].iterrows(), strict=False
        ):
            with place.container(border=True):
                card(image, datasets.loc[image["dataset_id"]])


def card(image: pd.Series, dataset: pd.Series) -> None:
    """One image: what it shows, who answered what, and where it is."""
    condition = in_words(dataset, image["strength"])
    st.markdown(
        f"**{image['category']}** · {dataset['title']}"
        + (f", {condition}" if condition != "one condition" else "")
        + f"  \nPeople: {answers(image, 'human')}, {image['n_human_correct']} of "
        f"{image['n_subjects']} right  \nNetworks: {answers(image, 'model')}, "
        f"{image['n_model_correct']} of {image['n_models']} right  \nDifference "
        + typeset(f"{image['difference']:+.2f}")
        + limits(image)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        is_file = image["url"].endswith((".png", ".JPEG"))
        st.markdown(f"[{'Image' if is_file else 'Archive of images'}]({image['url']})")
        every_answer(image)


def answers(image: pd.Series, side: str) -> str:
    """The most frequent answers with their counts, the right one in bold."""
    given = image[f"{side}_answers"].split(", ")
    right = image["category"]
    shown = [f"**{a}**" if a.rsplit(" ", 1)[0] == right else a for a in given[:ANSWERS]]
    rest = sum(int(a.rsplit(" ", 1)[1]) for a in given[ANSWERS:])
    return ", ".join([*shown, f"others {rest}"] if rest else shown)


@st.fragment
def every_answer(image: pd.Series) -> None:
    """Button with the answer of each person and network, asked for when it is opened."""
    key = f"{image['dataset_id']}:{image['condition']}:{image['image_key']}"
    box = st.popover("Every answer", type="tertiary", key=f"answers:{key}", on_change="rerun")
    if box.open:
        with box:
            st.caption(
                f"{image['image_key']}. Networks near chance and copies stand here uncounted."
            )
            found = select(
                "fct_trials",
                "observer_id, response, is_correct, rt, source_id, source_file, source_row",
                order="is_human desc, source_id, observer_id",
                dataset_id=image["dataset_id"],
                condition=image["condition"],
                image_key=image["image_key"],
            )
            table(found.rows, found.mart, height=260)
