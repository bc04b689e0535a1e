"""What does averaging do? Shares of the parts, agreement of the schemes, and what they violate."""

import json

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, choose, choose_cohort, choose_in_turn
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import Answer, ask, grid, limits, marked, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import known_first
from warehouse.figures.ranking import (
    AVERAGES,
    GATES,
    GENERALIZED_OVER,
    PANEL_SIZE,
    SCHEMES,
    panel_test,
    share_bars,
)

WHOLES = {
    "average_vision": "the overall average",
    "neural_vision": "the neural average",
    "behavior_vision": "the behavioural average",
}


def other_datasets(found: Answer) -> None:
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


def small_panel() -> None:
    """How few benchmarks give nearly the order of all, and what it saves to run them first."""
    st.subheader("Which few benchmarks give nearly the same order?")
    figure = FIGURES["panel_curve"]
    found = ask(figure.sql, **of)
    if found.is_empty:
        st.info("Only a cohort without missing scores, of three families or more, can tell.")
        return
    rows = found.rows.assign(test=panel_test(found.rows))
    sized = rows[(rows["n_chosen"] <= PANEL_SIZE) & (rows["panel"] == "forward")]
    last = sized[sized["n_chosen"] == sized["n_chosen"].max()].set_index("test")
    one = last.loc["families"]
    n, random = one["n_chosen"], f"{one['random_low']:.2f} to {one['random_high']:.2f}"
    text = (
        f"**{n} of {one['n_benchmarks']} benchmarks put models of families they were not chosen on "
        f"in nearly the order by all: Spearman {one['estimate']:.2f}{limits(one)}; "
        f"{n} at random {one['random_median']:.2f} ({random}).**"
    )
    if "newer" in last.index:
        new = last.loc["newer"]
        text += (
            f" On the {new['n_models']} models that are new in `{new['tested_cohort_id']}`: "
            f"{new['estimate']:.2f}{limits(new)}."
        )
    st.markdown(text)
    chosen = sized.loc[sized["test"] == "families", "benchmark_id"]
    st.markdown(f"In the order of choice: {', '.join(f'`{name}`' for name in chosen)}.")
    st.caption(figure.description)
    show_figure(figure, found)
    size = {"n_chosen": int(n), "panel": "forward"}
    view(
        select("rpt_panel_gates", order="gate, tested_cohort_id", **size, **of),
        columns="gate, tested_cohort_id, sensitivity, sensitivity_ci_low, sensitivity_ci_high, "
        "specificity, specificity_ci_low, specificity_ci_high, share_saved, n_passed, n_models",
        title=f"Run these {n} first, the others only for models that pass?",
        names={"gate": GATES},
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


cohort = choose_cohort()
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
        "An average follows the part that spreads most. The **r²** of part and whole, which Ahlert "
        "et al. (2024) print, do not add up to 1. The **covariance share** and the **Shapley "
        "share** (averaged over orders of adding the parts) do."
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
    said="Against the arithmetic mean. A pair is told apart if a paired test over datasets, at 5 % "
    "for all pairs at once, puts one above the other; the top group holds the models that it puts "
    "none above. Few pairs told apart mean that most places are not known.",
    names={"level": LEVELS, "scheme": SCHEMES},
    height=340,
)

other_datasets(select("rpt_generalizability", order="average, generalized_over", **of))
small_panel()

found = select(
    "rpt_scheme_properties",
    "property, scheme, verdict, n_searched, counterexample, explanation",
    order="property, scheme",
)
rows = found.rows
if not rows.empty:
    st.subheader("Which desirable properties does each scheme violate?")
    st.write(
        "Small tables of scores were searched for one on which the scheme violates the property. A "
        "counterexample settles it; to find none proves nothing."
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
cite(cohort["source_id"])
