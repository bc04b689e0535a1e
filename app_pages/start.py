"""What is in here? Sources, what is missing, known problems, and the headline."""

import pandas as pd
import streamlit as st

from app_pages._shared import query, say_absent
from app_pages._views import draw, metrics, select, view
from warehouse.figures.agreement import INTERVALS, agreement_dots

BY_MODALITY = ["mean_within_neural", "mean_within_behaviour", "mean_between_modalities"]
COUNTS = {
    "Published scores": (
        "select count(*) as n from marts.fct_scores where state = 'scored'",
        "One for each source, date, model and benchmark; failed and missing ones not counted.",
    ),
    "Models": (
        "select count(*) as n from marts.dim_models",
        "Sets of weights. A model that only one source names stands alone.",
    ),
    "Benchmarks": (
        "select count(*) as n from marts.dim_benchmarks where n_scores > 0",
        "Those with a score: brain, behaviour or engineering, averages of others included.",
    ),
    "Snapshots": (
        "select count(*) as n from marts.dim_snapshots where n_scores > 0",
        "Dated states of the sources, for example a leaderboard in two different years.",
    ),
}


def in_words(row: pd.Series) -> str:
    """Mean correlation of a cohort with its interval, if it has one, and what it is over."""
    limits = f"[{row['ci_low']:.2f}, {row['ci_high']:.2f}] " if pd.notna(row["ci_low"]) else ""
    return (
        f"**{row['mean_estimate']:.2f}** {limits}({row['cohort_id']}, {row['n_models']} models, "
        f"{row['n_benchmarks']} benchmarks)"
    )


metrics({label: (f"{query(sql)['n'].item():,}", help) for label, (sql, help) in COUNTS.items()})

st.header("How far do the benchmarks agree?")
agreement = select("rpt_cohort_agreement", order="mean_estimate", method="spearman")
rows = agreement.rows
if rows.empty:
    st.info("No cohort has data yet: the sources it needs are absent. See below.")
else:
    human = rows.dropna(subset=BY_MODALITY, how="all")
    others = ", ".join(rows.drop(human.index)["cohort_id"])
    if not human.empty:
        st.markdown(
            "Benchmarks that measured the same thing without error would have a correlation of 1. "
            "Over **cohorts**, sets of models and benchmarks, its mean runs from "
            f"{in_words(human.iloc[0])} to {in_words(human.iloc[-1])}. {INTERVALS}"
        )
    view(
        agreement,
        draw(agreement_dots, rows),
        "cohort_id, mean_estimate, ci_low, ci_high, n_models, n_benchmarks, "
        "n_pairs, min_pair_models, median_estimate, min_estimate, max_estimate, share_negative, "
        "share_significant, mean_neural_between_datasets, mean_behaviour_between_datasets, "
        "mean_between_modalities, mean_undoubted, "
        "mean_between_regions, neural_with_behaviour",
        said=f"{others}: engineering scores alone, shown for contrast." if others else "",
        height=250,
    )

sources = select(
    "dim_sources",
    "source_id, title, is_present, n_rows, licence, citation, commit_id, retrieved_on, url, "
    "n_files, n_files_present, description",
    order="source_id",
)
st.header("What is missing", anchor="missing")
say_absent(sources.rows)
st.header("Sources")
view(sources, columns="*")
st.header("Known problems of the sources")
issues = "source_id, title, n_rows, description, handling"
view(
    select("dim_known_issues", issues, order="source_id, issue_id"),
    columns="*",
    intro="What is wrong or odd in the published files, and what the warehouse does about it.",
    height=300,
)
