"""What does averaging do? Shares of the parts, agreement of the schemes, and what they break."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse.figures import marks, ranking, theme

AVAILABLE = """\
select distinct level
from marts.fct_variance_shares
where cohort_id = $cohort_id"""

SHARES = """\
select *
from marts.fct_variance_shares
where cohort_id = $cohort_id and level = $level
order by whole, shapley_share desc"""

AGREEMENT = """\
select *
from marts.rpt_scheme_agreement
where cohort_id = $cohort_id
order by level, scheme"""

PROPERTIES = """\
select property, scheme, verdict, n_searched, counterexample, explanation
from marts.rpt_scheme_properties
order by property, scheme"""

WHOLES = {
    "average_vision": "the overall average",
    "neural_vision": "the neural average",
    "behavior_vision": "the behavioural average",
}


def shares(cohort_id: str) -> None:
    """How much of an average each part decides."""
    available = _shared.query(AVAILABLE, cohort_id=cohort_id)
    if available.empty:
        st.info("This cohort has no hierarchy of averages to take apart.")
        return
    st.subheader("Which part decides the average?")
    st.write(
        "An average of parts with different spread follows the part that spreads most. The **r²** "
        "of part and whole is what Ahlert et al. print; such r² do not add up to 1. The "
        "**covariance share** and the **Shapley share** (averaged over all orders of adding the "
        "parts) do."
    )
    left, right = st.columns(2)
    with left:
        level = _shared.choose_level(available, "Parts")
    found = _shared.query(SHARES, cohort_id=cohort_id, level=level)
    with right:
        wholes = marks.known_first(found["whole"], WHOLES)
        whole = _shared.choose("of", wholes, "whole", names=lambda w: WHOLES.get(w, w))
    drawn = found[found["whole"] == whole]
    chart = _shared.draw(ranking.share_bars, drawn)
    _shared.scrolling_chart(chart, "shares")
    one = drawn.iloc[0]
    how = "sampled orders" if one["method"] == "sampled" else "every order"
    st.caption(f"{len(drawn)} parts, {one['n_models']} models; Shapley shares over {how}.")
    _shared.downloads(found, f"{cohort_id}_{level}_shares", chart)
    _shared.show_sql(SHARES, cohort_id=cohort_id, level=level)


_AGREEMENT = {
    "cohort_id": None,
    "level": "Level",
    "scheme": "Scheme",
    "spearman": st.column_config.NumberColumn("Spearman with mean", format="%.3f"),
    "kendall": st.column_config.NumberColumn("Kendall", format="%.3f"),
    "n_models": "Models",
    "n_comparable": "Compared",
    "n_benchmarks": "Parts",
    "largest_shift": st.column_config.NumberColumn("Largest shift", format="%.1f"),
    "n_large_shifts": st.column_config.NumberColumn("Shifts beyond 10"),
    "n_tie_groups": st.column_config.NumberColumn("Groups", help=_shared.GROUP),
    "n_first_group": "In the first group",
    "median_width_benchmarks": st.column_config.NumberColumn(
        "Interval (metrics)", format="%.0f", help="Median width of the rank interval, in places."
    ),
    "median_width_models": st.column_config.NumberColumn("Interval (models)", format="%.0f"),
}


def agreement(cohort_id: str) -> None:
    """How far each scheme changes the order."""
    found = _shared.query(AGREEMENT, cohort_id=cohort_id)
    if found.empty:
        return
    st.subheader("How far does the scheme change the order?")
    st.dataframe(found, column_config=_AGREEMENT, hide_index=True, height=340)
    st.caption(
        "Against the arithmetic mean. A group holds the models whose rank intervals overlap that "
        "of its first. Few groups and wide intervals mean that most places are not known."
    )
    _shared.downloads(found, f"{cohort_id}_schemes")
    _shared.show_sql(AGREEMENT, cohort_id=cohort_id)


def properties() -> None:
    """Which desirable properties each scheme violates."""
    found = _shared.query(PROPERTIES)
    if found.empty:
        return
    st.subheader("Which desirable properties does each scheme violate?")
    st.write(
        "For each scheme and property, small tables of scores were searched for one on which the "
        "scheme violates the property. A counterexample settles it; to find none proves nothing."
    )
    order = marks.known_first(found["scheme"], ranking.SCHEMES)
    board = found.pivot(index="scheme", columns="property", values="verdict").loc[order]
    board.index = [ranking.SCHEMES.get(s, s) for s in board.index]
    board.columns = [c.replace("_", " ") for c in board.columns]
    st.dataframe(board.style.map(_emphasis))
    violated = found.dropna(subset=["counterexample"])
    if not violated.empty:
        names = [f"{row.scheme}: {row.property}" for row in violated.itertuples()]
        name = _shared.choose("Counterexample", names, "counterexample", names=_case_name)
        example(violated.iloc[names.index(name)])
    _shared.downloads(found, "scheme_properties")
    _shared.show_sql(PROPERTIES)


def _case_name(name: str) -> str:
    scheme, broken = name.split(": ")
    return f"{ranking.SCHEMES.get(scheme, scheme)}: {broken.replace('_', ' ')}"


def example(row: pd.Series) -> None:
    """One counterexample: scores and ranks before and after."""
    st.caption(row["explanation"])
    tables = json.loads(row["counterexample"])
    left, right = st.columns(2)
    for column, when in ((left, "before"), (right, "after")):
        scores = pd.DataFrame(tables[f"scores_{when}"])
        scores.columns = [f"Metric {c + 1}" for c in scores]
        scores.insert(0, "Model", [f"Model {i + 1}" for i in range(len(scores))])
        ranks = tables[f"ranks_{when}"]  # of the models that stay
        scores.insert(1, "Rank", ranks + [None] * (len(scores) - len(ranks)))
        with column:
            st.markdown(f"**{when.capitalize()}**")
            st.dataframe(scores, hide_index=True)


def _emphasis(verdict: str) -> str:
    return f"color: {theme.VERMILION}; font-weight: bold" if verdict == "violated" else ""


def main() -> None:
    """Draw the page."""
    st.title("What does averaging do?")
    st.write(
        "A single score for “human-like” is an average of metrics. Here is which metrics it "
        "follows, how far its order depends on the way of averaging, and what each way can go "
        "wrong at."
    )
    cohort = _shared.choose_cohort()
    if _shared.query(AGREEMENT, cohort_id=cohort["cohort_id"]).empty:
        _shared.stop_absent(cohort["source_id"], "This view")
    shares(cohort["cohort_id"])
    agreement(cohort["cohort_id"])
    properties()
    _shared.cite(cohort["source_id"])


main()
