"""Who ranks where? Models ranked by several ways of averaging their scores."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse import charts

AVAILABLE = """\
select level, scheme, max(n_models) as n_models
from marts.fct_model_rankings
where cohort_id = $cohort_id
group by all"""

RANKINGS = """\
select
    source_model_key, variant_id, source_model_name, model_id, scheme, n_benchmarks, n_models,
    score, score_minmax, score_rank
from marts.fct_model_rankings
where cohort_id = $cohort_id and level = $level
order by scheme, score_rank"""

REFERENCE = "arithmetic_mean"

# Shifts beyond this many places are flagged, as in Ahlert et al., Fig 3.
FLAGGED = 10

EXPLAINED = {
    "arithmetic_mean": "Arithmetic mean: average the scores as they are.",
    "z_mean": "Mean of z-scores: first give every metric the same mean and spread.",
    "mean_rank": "Mean rank: average the places, ignoring how far apart models are.",
}


def leaderboard(rankings: pd.DataFrame, schemes: list[str], scheme: str) -> pd.DataFrame:
    """One row per model: its rank under each scheme and the shift against the plain average."""
    key = ["source_model_key", "variant_id"]
    board = rankings[rankings["scheme"] == scheme].set_index(key)
    board = board[["source_model_name", "score_minmax", "n_benchmarks"]].copy()
    ranks = rankings.pivot(index=key, columns="scheme", values="score_rank")
    for other in schemes:
        board[f"rank_{other}"] = ranks[other]
        if other != REFERENCE:
            board[f"shift_{other}"] = ranks[other] - ranks[REFERENCE]
    shifts = board.filter(like="shift_")
    board["is_flagged"] = (shifts.abs() > FLAGGED).any(axis=1)
    return board.sort_values(f"rank_{scheme}").reset_index()


def table(board: pd.DataFrame, schemes: list[str]) -> None:
    """Show the leaderboard, searched by name."""
    wanted = st.text_input("Search by name", key="search", placeholder="for example resnet")
    found = board[board["source_model_name"].str.contains(wanted, case=False, regex=False)]
    st.caption(
        f"{len(found)} of {len(board)} models. A shift counts the places lost (+) or won (−) "
        f"against the arithmetic mean; ⚑ marks the {int(board['is_flagged'].sum())} models that "
        f"move by more than {FLAGGED}. A tie shares the mean of its places."
    )
    shown = found.assign(flag=found["is_flagged"].map({True: "⚑", False: ""}))
    columns = {"source_model_name": st.column_config.TextColumn("Model", width=220), "flag": "⚑"}
    for scheme in schemes:
        name = scheme_name(scheme)
        columns[f"rank_{scheme}"] = st.column_config.NumberColumn(
            name, format="%.1f", help=f"Rank by {name}."
        )
        if scheme != REFERENCE:
            columns[f"shift_{scheme}"] = st.column_config.NumberColumn(
                "Shift", format="%+.1f", help=f"{name} against arithmetic mean."
            )
    columns["score_minmax"] = st.column_config.ProgressColumn(
        "Score", format="%.2f", min_value=0, max_value=1, help="Worst model 0, best model 1."
    )
    columns["n_benchmarks"] = st.column_config.NumberColumn("Metrics", help="Averaged for it.")
    shifts = [c for c in columns if c.startswith("shift_")]
    styled = shown[list(columns)].style.map(_emphasis, subset=shifts)
    st.dataframe(styled, column_config=columns, hide_index=True, height=420)


def _emphasis(shift: float) -> str:
    return f"color: {charts.VERMILION}; font-weight: bold" if abs(shift) > FLAGGED else ""


def main() -> None:
    """Draw the page."""
    st.title("Who ranks where?")
    st.write(
        "The order of models depends on how their scores are averaged. "
        "Each **scheme** below is one way of doing it, over the same models and metrics."
    )
    cohort = _shared.choose_cohort()
    cohort_id = cohort["cohort_id"]
    available = _shared.query(AVAILABLE, cohort_id=cohort_id)
    if available.empty:
        _shared.stop_absent(cohort["source_id"], "This view")
    left, right = st.columns(2)
    with left:
        levels = charts.known_first(available["level"], _shared.LEVELS)
        level = _shared.choose("Average over", levels, "level", names=_shared.level_name)
    with right:
        schemes = charts.known_first(
            available.loc[available["level"] == level, "scheme"], charts.SCHEMES
        )
        scheme = _shared.choose("Order by", schemes, "scheme", names=scheme_name)
    st.caption(EXPLAINED.get(scheme, ""))

    rankings = _shared.query(RANKINGS, cohort_id=cohort_id, level=level)
    board = leaderboard(rankings, schemes, scheme)
    table(board, schemes)
    _shared.downloads(board, f"{cohort_id}_{level}_ranking")

    st.subheader("Every model under every scheme")
    names = sorted(board["source_model_name"].unique())
    followed = st.multiselect("Follow these models", names, key="followed", max_selections=8)
    chart = charts.rank_strip(rankings, highlighted=followed)
    st.altair_chart(chart, width="stretch")
    _shared.downloads(rankings, f"{cohort_id}_{level}_schemes", chart)
    _shared.show_sql(RANKINGS, cohort_id=cohort_id, level=level)
    _shared.cite(cohort["source_id"])


def scheme_name(scheme: str) -> str:
    """Name of a scheme for people."""
    return charts.SCHEMES.get(scheme, scheme)


main()
