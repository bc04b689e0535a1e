"""What is in here? Sources, what is missing, known problems, and the headline."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse.figures.agreement import agreement_dots

SOURCES = """\
select
    source_id, title, is_present, n_rows, licence, citation, commit_id, retrieved_on, url,
    n_files, n_files_present, description
from marts.dim_sources
order by source_id"""

AGREEMENT = """\
select *
from marts.rpt_cohort_agreement
where method = 'spearman'
order by mean_estimate"""

ISSUES = """\
select source_id, title, n_rows, description, handling
from marts.dim_known_issues
order by source_id, issue_id"""

COUNTS = {
    "Published scores": (
        "select count(*) as n from marts.fct_scores where state = 'scored'",
        "One for each state of a source, model and metric; failed and missing ones not counted.",
    ),
    "Models": (
        "select count(*) as n from marts.dim_models",
        "Sets of weights. A model that only one source names stands alone.",
    ),
    "Metrics": (
        "select count(*) as n from marts.dim_benchmarks where n_scores > 0",
        "Benchmarks with a score: brain, behaviour or engineering, averages of others included.",
    ),
    "States": (
        "select count(*) as n from marts.dim_snapshots where n_scores > 0",
        "Dated states of the sources, for example a leaderboard in two different years.",
    ),
}


def counts() -> None:
    """The size of the warehouse."""
    _shared.metrics(
        {
            label: (f"{int(_shared.query(sql)['n'].iloc[0]):,}", help)
            for label, (sql, help) in COUNTS.items()
        }
    )


def headline() -> None:
    """How far the metrics agree in each cohort."""
    st.header("How well do the metrics agree? It depends on whom you ask about.")
    st.write(
        "A **metric** (or benchmark) scores how human-like a model is, on brain recordings or on "
        "behaviour. If two metrics measure the same thing, they should rank models alike: their "
        "correlation is near 1. A **cohort** is the set of models and metrics that is compared."
    )
    agreement = _shared.query(AGREEMENT)
    if agreement.empty:
        st.info("No cohort has data yet: the sources it needs are absent. See below.")
        return
    human = agreement.dropna(subset=_BY_MODALITY, how="all")
    others = agreement.drop(human.index)["cohort_id"].tolist()
    if not human.empty:
        _range(human.iloc[0], human.iloc[-1])
    if others:
        st.caption(f"{', '.join(others)}: engineering scores alone, shown for contrast.")
    chart = _shared.draw(agreement_dots, agreement)
    _shared.show_chart(chart, "agreement")
    st.dataframe(
        agreement[list(_AGREEMENT_COLUMNS)],
        column_config=_AGREEMENT_COLUMNS,
        hide_index=True,
        height=250,
    )
    _shared.downloads(agreement, "cohort_agreement", chart)
    _shared.show_sql(AGREEMENT)


_BY_MODALITY = ["mean_within_neural", "mean_within_behaviour", "mean_between_modalities"]


def _range(low: pd.Series, high: pd.Series) -> None:
    st.markdown(
        f"From cohort to cohort the mean correlation runs from **{low['mean_estimate']:.2f}** "
        f"({low['cohort_id']}, {low['n_models']} models, {low['n_benchmarks']} metrics) "
        f"to **{high['mean_estimate']:.2f}** "
        f"({high['cohort_id']}, {high['n_models']} models, {high['n_benchmarks']} metrics). "
        "The lines are 95 % intervals over architecture families: cohorts whose lines overlap need "
        "not differ."
    )


_AGREEMENT_COLUMNS = {
    "cohort_id": "Cohort",
    "mean_estimate": _shared.number("Mean", "Mean Spearman correlation over all pairs of metrics."),
    "family_boot_low": _shared.number("95 % from", "Bootstrap over architecture families."),
    "family_boot_high": _shared.number("to"),
    "n_models": "Models",
    "n_benchmarks": "Metrics",
    "n_pairs": "Pairs",
    "min_pair_models": "Fewest models in a pair",
    "median_estimate": _shared.number("Median"),
    "min_estimate": _shared.number("Lowest"),
    "max_estimate": _shared.number("Highest"),
    "share_negative": _shared.number("Share below 0"),
    "share_significant": _shared.number("Share significant", "Bonferroni-corrected p < .05."),
    "mean_within_neural": _shared.number("Mean, two neural"),
    "mean_within_behaviour": _shared.number("Mean, two behavioural"),
    "mean_between_modalities": _shared.number("Mean, one of each"),
    "mean_between_regions": _shared.number("Mean between regions"),
    "neural_with_behaviour": _shared.number("Neural with behavioural average"),
}


def sources() -> None:
    """Every registered source, and how to get those that are absent."""
    found = _shared.query(SOURCES)
    missing = found[~found["is_present"].astype(bool)]
    st.header("What is missing", anchor="missing")
    if found.empty:
        st.info("No source is registered in this warehouse. Build it again: `make warehouse`.")
        return
    if missing.empty:
        st.success(f"Nothing: all {len(found)} registered sources are present.")
    else:
        st.warning(f"{len(missing)} of {len(found)} sources are absent; their tables are empty.")
        st.code(f"aw fetch {' '.join(missing['source_id'])}\naw build", language="bash")
    st.header("Sources")
    columns = {
        "source_id": "Source",
        "title": st.column_config.TextColumn("Title", width=220),
        "is_present": st.column_config.CheckboxColumn("Present"),
        "n_rows": st.column_config.NumberColumn("Rows", format="localized"),
        "licence": "Licence",
        "citation": st.column_config.TextColumn("Cite", help="BibTeX keys in docs/references.bib"),
        "commit_id": st.column_config.TextColumn("State", help="Commit or release"),
        "retrieved_on": st.column_config.DateColumn("Registered on"),
        "url": st.column_config.LinkColumn("Address"),
        "n_files": "Files",
        "n_files_present": "Files here",
        "description": "What it is",
    }
    st.dataframe(found, column_config=columns, hide_index=True)
    _shared.downloads(found, "sources")
    _shared.show_sql(SOURCES)


def issues() -> None:
    """Known problems of the sources."""
    found = _shared.query(ISSUES)
    st.header("Known problems of the sources")
    st.write("What is wrong or odd in the published files, and what the warehouse does about it.")
    columns = {
        "source_id": "Source",
        "title": st.column_config.TextColumn("Problem", width=220),
        "n_rows": st.column_config.NumberColumn("Rows touched", format="localized"),
        "description": "What it is",
        "handling": "What is done",
    }
    st.dataframe(found, column_config=columns, hide_index=True, height=300)
    _shared.downloads(found, "known_issues")
    _shared.show_sql(ISSUES)


st.title("What is in here?")
st.write(
    "Published scores of how human-like vision models are, from many sources, in one database: "
    "each with its source file, and never a missing score passed off as zero."
)
counts()
headline()
sources()
issues()
