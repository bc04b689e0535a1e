"""Averaging: shares of the parts, agreement of the schemes, and what they violate."""

import json

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, choose, choose_cohort, choose_in_turn
from app_pages._origins import cite
from app_pages._shared import stop_absent, titles
from app_pages._views import ask, finding, grid, limits, marked, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import known_first
from warehouse.figures.ranking import SCHEMES, share_bars

WHOLES = {
    "average_vision": "the overall average",
    "neural_vision": "the neural average",
    "behavior_vision": "the behavioural average",
}


HOW = """\
An average follows the part that spreads most. **r²** of part and whole, which Ahlert et al. (2024)
print, does not add up to 1; the **covariance share** and the **Shapley share** (gain in r² when the
part joins, averaged over {orders}) do. Over the {n} models that have all parts."""

HOW_OTHERS = """\
All datasets alike; 95 % intervals over families of models and datasets. Scores are standardised
first, and models near chance raise the number."""


def decides(rows: pd.DataFrame, whole: str) -> str:
    """Which part decides an average, in a sentence."""
    first = rows.iloc[0]
    return (
        f"**{first['part']} decides {first['shapley_share']:.0%} of {whole}**, at a weight of "
        f"{first['weight']:.0%}: the first of {len(rows)} parts, by its Shapley share over "
        f"{first['n_models']} models."
    )


def other_datasets(of: dict[str, str]) -> None:
    """Whether the order would stay on other datasets, and how many it takes."""
    found = select("rpt_generalizability", order="all", average="datasets", **of)
    st.header("Would the order stay on other datasets?")
    if found.is_empty:
        st.info(
            "Only a cohort without missing scores, of three datasets and three families or more, "
            "can tell."
        )
        return
    rows = found.rows.set_index("generalized_over")
    one = rows.loc["datasets"]
    text = (
        f"The order of these {one['n_models']} models over {one['n_datasets']} datasets would "
        f"correlate **{one['coefficient']:.2f}**{limits(one)} with that over as many other ones"
    )
    kind = "Of one modality, as these"
    if "modalities" in rows.index and one["n_modalities"] > 1:  # of one, none can tell
        kind = "Shared alike between brain and behaviour"
        wider = rows.loc["modalities"]
        text += f", {wider['coefficient']:.2f}{limits(wider)} if modalities were others too"
    finding(
        f"{text}. {kind}, {one['n_needed_80']:.0f} datasets"
        f"{limits(one, 'n_needed_80_', '.0f')} would reach .8, "
        f"{one['n_needed_90']:.0f}{limits(one, 'n_needed_90_', '.0f')} .9.",
        HOW_OTHERS,
    )
    for name in ("decision_study", "variance_components"):
        figure = FIGURES[name]
        st.markdown(f"**{figure.title}**")
        show_figure(figure, ask(figure.sql, **of))


def example(row: pd.Series) -> None:
    """One counterexample: scores and ranks before and after."""
    st.caption(row["explanation"])
    tables = json.loads(row["counterexample"])
    for column, when in zip(st.columns(2), ("before", "after"), strict=True):
        scores = pd.DataFrame(tables[f"scores_{when}"])
        scores.columns = [f"Benchmark {c + 1}" for c in scores]
        scores.insert(0, "Model", [f"Model {i + 1}" for i in range(len(scores))])
        ranks = tables[f"ranks_{when}"]  # of the models that stay
        scores.insert(1, "Rank", ranks + [None] * (len(scores) - len(ranks)))
        with column:
            st.markdown(f"**{when.capitalize()}**")
            grid(scores)


def show_shares(of: dict[str, str]) -> None:
    """Which part decides an average."""
    shares = select("fct_variance_shares", order="level, whole, shapley_share desc", **of)
    if shares.is_empty:
        st.info("This cohort has no hierarchy of averages to take apart.")
        return
    wholes = {whole: f"The {name.removeprefix('the ')}" for whole, name in WHOLES.items()}
    chosen, drawn = choose_in_turn(
        shares.rows,
        level=("Parts", LEVELS, "parts", "region"),
        whole=("Of which average", wholes),
    )
    rows = drawn.assign(part=drawn["part"].map(titles(drawn["part"])))
    orders = "sampled orders" if rows["method"].iloc[0] == "sampled" else "every order"
    how = HOW.format(orders=orders, n=rows["n_models"].iloc[0])
    finding(decides(rows, WHOLES.get(chosen["whole"], chosen["whole"])), how)
    view(shares.only(rows), share_bars)


def show_properties() -> None:
    """Which desirable properties each scheme violates, with a counterexample."""
    found = select(
        "rpt_scheme_properties",
        "property, scheme, verdict, n_searched, counterexample, explanation",
        order="property, scheme",
    )
    rows = found.rows
    if rows.empty:
        return
    st.header("Which desirable properties does each way violate?")
    rows["verdict"] = rows["verdict"].str.replace("no counterexample", "none")
    board = rows.pivot(index="scheme", columns="property", values="verdict")
    board = board.loc[known_first(rows["scheme"], SCHEMES)].rename(index=SCHEMES)
    board.columns = [c.replace("_", " ").capitalize() for c in board.columns]
    board.index.name = "Way of averaging"
    grid(board.style.map(marked("violated")), hide_index=False)
    st.caption("A counterexample settles it; *none in 1200* random tables proves nothing.")
    violated = rows.dropna(subset=["counterexample"])
    if not violated.empty:
        scheme = violated["scheme"].map(lambda s: SCHEMES.get(s, s))
        names = scheme + ": " + violated["property"].str.replace("_", " ")
        keys = violated["scheme"] + ": " + violated["property"]
        name = choose("Counterexample", dict(zip(keys, names, strict=True)), "counterexample")
        example(violated[keys == name].iloc[0])
    view(found)


def show() -> None:
    """What averaging does to the scores of a cohort."""
    cohort = choose_cohort()
    of = {"cohort_id": cohort["cohort_id"]}
    schemes = select("rpt_scheme_agreement", order="level, scheme", **of)
    if schemes.is_empty:
        stop_absent(cohort["source_id"], "This view")
    show_shares(of)
    st.header("How far does the way of averaging change the order?")
    _, rows = choose_in_turn(schemes.rows, level=("Averaged over", LEVELS))
    rows = rows.sort_values("scheme", key=lambda c: c.map(list(SCHEMES).index))
    view(
        schemes.only(rows),
        columns="scheme, spearman, largest_shift, n_large_shifts, share_separated, n_top_group, "
        "median_width",
        names={"scheme": SCHEMES | {"kemeny": "Kemeny, best 12 only"}},
    )
    other_datasets(of)
    show_properties()
    cite(cohort["source_id"])
