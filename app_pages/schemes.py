"""What does averaging do? Shares of the parts, agreement of the schemes, and what they violate."""

import json

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, choose, choose_cohort, choose_known, choose_level
from app_pages._origins import cite
from app_pages._shared import stop_absent
from app_pages._views import draw, select, view
from warehouse.figures.marks import known_first
from warehouse.figures.ranking import SCHEMES, share_bars
from warehouse.figures.theme import VERMILION

WHOLES = {
    "average_vision": "the overall average",
    "neural_vision": "the neural average",
    "behavior_vision": "the behavioural average",
}


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
            st.dataframe(scores, hide_index=True, placeholder="")


def _emphasis(verdict: str) -> str:
    return f"color: {VERMILION}; font-weight: bold" if verdict == "violated" else ""


st.write(
    "A single score for “human-like” is an average of benchmarks. Here is which benchmarks it "
    "follows, how far its order depends on the way of averaging, and which desirable properties "
    "each way of averaging violates."
)
cohort = choose_cohort()
cohort_id = cohort["cohort_id"]
schemes = select("rpt_scheme_agreement", order="level, scheme", cohort_id=cohort_id)
if schemes.is_empty:
    stop_absent(cohort["source_id"], "This view")

levels = select("fct_variance_shares", "distinct level", order="all", cohort_id=cohort_id).rows
if levels.empty:
    st.info("This cohort has no hierarchy of averages to take apart.")
else:
    st.subheader("Which part decides the average?")
    st.write(
        "An average of parts with different spread follows the part that spreads most. The **r²** "
        "of part and whole is what Ahlert et al. (2024) print; such r² do not add up to 1. The "
        "**covariance share** and the **Shapley share** (averaged over all orders of adding the "
        "parts) do."
    )
    left, right = st.columns(2)
    level = choose_level(levels["level"], "Parts", place=left)
    found = select(
        "fct_variance_shares", order="whole, shapley_share desc", cohort_id=cohort_id, level=level
    )
    whole = choose_known("of", found.rows["whole"], WHOLES, "whole", place=right)
    drawn = found.rows[found.rows["whole"] == whole]
    one = drawn.iloc[0]
    how = "sampled orders" if one["method"] == "sampled" else "every order"
    view(
        found,
        draw(share_bars, drawn),
        said=f"{len(drawn)} parts, {one['n_models']} models; Shapley shares over {how}.",
    )

view(
    schemes,
    columns=schemes.rows.columns.drop("cohort_id"),
    title="How far does the scheme change the order?",
    said="Against the arithmetic mean. A group holds the models whose rank intervals overlap that "
    "of its first. Few groups and wide intervals mean that most places are not known.",
    names={"level": LEVELS, "scheme": SCHEMES},
    height=340,
)

found = select(
    "rpt_scheme_properties",
    "property, scheme, verdict, n_searched, counterexample, explanation",
    order="property, scheme",
)
rows = found.rows
if not rows.empty:
    st.subheader("Which desirable properties does each scheme violate?")
    st.write(
        "For each scheme and property, small tables of scores were searched for one on which the "
        "scheme violates the property. A counterexample settles it; to find none proves nothing."
    )
    board = rows.pivot(index="scheme", columns="property", values="verdict")
    board = board.loc[known_first(rows["scheme"], SCHEMES)].rename(index=SCHEMES)
    board.columns = [c.replace("_", " ") for c in board.columns]
    st.dataframe(board.style.map(_emphasis))
    violated = rows.dropna(subset=["counterexample"])
    if not violated.empty:
        names = {
            f"{row.scheme}: {row.property}": (
                f"{SCHEMES.get(row.scheme, row.scheme)}: {row.property.replace('_', ' ')}"
            )
            for row in violated.itertuples()
        }
        name = choose("Counterexample", names, "counterexample")
        example(violated.iloc[list(names).index(name)])
    view(found)
cite(cohort["source_id"])
