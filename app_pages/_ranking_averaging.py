"""Averaging: shares of the parts, agreement of the schemes, and what they violate."""

import json

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, choose, choose_in_turn
from app_pages._shared import stop_absent
from app_pages._views import Answer, ask, grid, limits, marked, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import known_first
from warehouse.figures.ranking import (
    AVERAGES,
    GENERALIZED_OVER,
    SCHEMES,
    share_bars,
)

WHOLES = {
    "average_vision": "the overall average",
    "neural_vision": "the neural average",
    "behavior_vision": "the behavioural average",
}


def other_datasets(found: Answer, of: dict[str, str]) -> None:
    """Whether the order would stay on other datasets, and how many it takes."""
    st.subheader("Would the order stay on other datasets?")
    if found.is_empty:
        st.info(
            "Only a cohort without missing scores, of three datasets and three families or more, "
            "can tell."
        )
        return
    rows = found.rows.set_index(["average", "generalized_over"])
    one = rows.loc["datasets", "datasets"]
    sure = limits(one)
    st.markdown(
        f"**The order of these {one['n_models']} models over {one['n_datasets']} datasets would "
        f"correlate {one['coefficient']:.2f}{sure} with that over as many other datasets. To "
        f"reach .8 takes {one['n_needed_80']:.0f} datasets{limits(one, 'n_needed_80_', '.0f')}, "
        f".9 takes {one['n_needed_90']:.0f}{limits(one, 'n_needed_90_', '.0f')}.**"
    )
    st.caption(
        "All datasets alike; 95 % intervals over families of models and datasets. Scores are "
        "standardised first, and the cohort's models near chance raise the number. The datasets "
        "it takes are shared out alike over modalities, which the cohort's own need not be: fewer "
        "than it has can then do better."
    )
    for name in ("decision_study", "variance_components"):
        figure = FIGURES[name]
        st.markdown(f"**{figure.title}**")
        st.caption(figure.description)
        show_figure(figure, ask(figure.sql, **of))
    view(
        found,
        columns="average, generalized_over, coefficient, ci_low, ci_high, n_models, n_families, "
        "n_datasets, n_modalities, n_benchmarks",
        title="Other averages of the same scores",
        names={"average": AVERAGES, "generalized_over": GENERALIZED_OVER},
    )


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


def show(cohort: pd.Series) -> None:
    """What averaging does to the scores of a cohort."""
    of = {"cohort_id": cohort["cohort_id"]}
    schemes = select("rpt_scheme_agreement", order="level, scheme", **of)
    if schemes.is_empty:
        stop_absent(cohort["source_id"], "This view")

    shares = select("fct_variance_shares", order="level, whole, shapley_share desc", **of)
    if shares.is_empty:
        st.info("This cohort has no hierarchy of averages to take apart.")
    else:
        st.subheader("Which part decides the average?")
        st.write(
            "An average follows the part that spreads most. The **r²** of part and whole, which "
            "Ahlert et al. (2024) print, do not add up to 1. The **covariance share** and the "
            "**Shapley share** (averaged over orders of adding the parts) do."
        )
        _, drawn = choose_in_turn(
            shares.rows, level=("Parts", LEVELS), whole=("Of which average", WHOLES)
        )
        one = drawn.iloc[0]
        how = "sampled orders" if one["method"] == "sampled" else "every order"
        view(
            shares.only(drawn),
            share_bars,
            said=f"{len(drawn)} parts, {one['n_models']} models; Shapley shares over {how}.",
        )

    view(
        schemes,
        columns=schemes.rows.columns.drop("cohort_id"),
        title="How far does the scheme change the order?",
        said="Against the arithmetic mean. A pair is told apart if a paired test over datasets, at "
        "5 % for all pairs at once, puts one above the other; the top group holds the models that "
        "it puts none above. Few pairs told apart mean that most places are not known.",
        names={"level": LEVELS, "scheme": SCHEMES},
        height=340,
    )

    other_datasets(select("rpt_generalizability", order="average, generalized_over", **of), of)

    found = select(
        "rpt_scheme_properties",
        "property, scheme, verdict, n_searched, counterexample, explanation",
        order="property, scheme",
    )
    rows = found.rows
    if not rows.empty:
        st.subheader("Which desirable properties does each scheme violate?")
        st.write(
            "Small tables of scores were searched for one on which the scheme violates the "
            "property. A counterexample settles it; to find none proves nothing."
        )
        board = rows.pivot(index="scheme", columns="property", values="verdict")
        board = board.loc[known_first(rows["scheme"], SCHEMES)].rename(index=SCHEMES)
        board.columns = [c.replace("_", " ").capitalize() for c in board.columns]
        board.index.name = "Scheme"
        grid(board.style.map(marked("violated")), hide_index=False)
        violated = rows.dropna(subset=["counterexample"])
        if not violated.empty:
            scheme = violated["scheme"].map(lambda s: SCHEMES.get(s, s))
            names = scheme + ": " + violated["property"].str.replace("_", " ")
            keys = violated["scheme"] + ": " + violated["property"]
            name = choose("Counterexample", dict(zip(keys, names, strict=True)), "counterexample")
            example(violated[keys == name].iloc[0])
        view(found)
