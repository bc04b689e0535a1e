"""What is this, and what does it say? A search, regions against each other, three findings."""

import pandas as pd
import streamlit as st

from app_pages import _matrix, _search
from app_pages._choices import COHORTS, to_page
from app_pages._origins import cite
from app_pages._shared import benchmarks, query, say_absent
from app_pages._views import finding, limits, names_of, select, typeset
from warehouse.figures.record import DEFAULT_COHORT

COUNTS = {
    "published scores": "select count(*) as n from marts.fct_scores "
    "where state = 'scored' and not is_private",
    "models": "select count(*) as n from marts.dim_models where not is_private",
    "benchmarks": "select count(*) as n from marts.dim_benchmarks "
    "where n_scores > 0 and not is_private",
    "dated snapshots": "select count(*) as n from marts.dim_snapshots "
    "where n_scores > 0 and not is_private",
}


def first_cohort() -> pd.Series | None:
    """The default cohort, or the next that has models; none without a source."""
    cohorts = query(COHORTS)
    filled = cohorts[cohorts["n_models"] > 0]
    order = (filled["cohort_id"] != DEFAULT_COHORT).argsort(kind="stable")
    return None if filled.empty else filled.iloc[order.iloc[0]]


def regions(cohort: pd.Series) -> None:
    """How the regions agree, and the models of one pair."""
    chosen = {"cohort_id": cohort["cohort_id"], "level": "region", "method": "spearman"}
    found = select("fct_benchmark_correlations", order="estimate desc", **chosen)
    if found.is_empty:
        return
    finding(*_matrix.sentence(found.rows, cohort, chosen), claim="modalities_unrelated")
    _matrix.show(found, default=("IT", "behavior_vision"), keys=("region", "with"))
    about = benchmarks({*found.rows["benchmark_a"], *found.rows["benchmark_b"]})
    cite(cohort["source_id"], citations=about["citation"])


def agreement(cohort: pd.Series) -> tuple[str, str] | None:
    """Mean correlation of single benchmarks."""
    rows = select(
        "rpt_cohort_agreement", order="all", cohort_id=cohort["cohort_id"], method="spearman"
    ).rows
    for row in rows.itertuples():
        return (
            f"{row.mean_estimate:.2f}{limits(rows.iloc[0])}",
            f"is the mean correlation of {row.n_pairs:,} pairs of single benchmarks over "
            f"{row.n_models} models.",
        )
    return None


def ranking(cohort: pd.Series) -> tuple[str, str] | None:
    """Who is first by the plain average, and how sure that is."""
    rows = select(
        "fct_model_rankings",
        order="score_rank, source_model_name",
        cohort_id=cohort["cohort_id"],
        level="leaf",
        scheme="arithmetic_mean",
        is_comparable=True,
    ).rows
    for row in rows.head(1).dropna(subset=["rank_ci_low"]).itertuples():
        name = names_of("model_id").get(row.model_id, row.source_model_name)
        return (
            f"Rank {row.rank_ci_low:.0f} to {row.rank_ci_high:.0f} of {row.n_models}",
            f"is the 95 % interval of {name}, first by the plain average of "
            f"{row.n_benchmarks} benchmarks, were they of other datasets.",
        )
    return None


def errors() -> tuple[str, str] | None:
    """How far the most human-like errors are from those of people."""
    models = select(
        "fct_behaviour_summary",
        order="error_consistency desc nulls last, observer_id",
        is_comparable=True,
    ).rows
    people = select("rpt_human_ceilings", order="all", dataset_id="all", is_toolbox=True).rows
    if models["error_consistency"].isna().all() or people.empty:
        return None
    best = models.iloc[0]
    return (
        f"κ {best['error_consistency']:.2f}{limits(best, 'error_consistency_')}",
        f"is how consistently {best['observer_name']}, the best of {len(models)} models, errs on "
        f"the images on which people err; people among themselves reach "
        f"{people['error_consistency'].iloc[0]:.2f}.",
    )


def card(said: tuple[str, str] | None, page: str, label: str) -> None:
    """One finding, with a link to its page."""
    if said is not None:
        with st.container(border=True, height="stretch"):
            st.markdown(typeset(f"**{said[0]}** {said[1]}"))
            to_page(page, label)


_search.box("start")
sources = select("dim_sources", order="source_id").rows
cohort = first_cohort()
if cohort is None:
    st.info("No cohort has data yet: the sources it needs are absent.")
else:
    regions(cohort)
    for place, shown in zip(
        st.columns(3),
        (
            (agreement(cohort), "agreement", "How far do benchmarks agree?"),
            (ranking(cohort), "ranking", "Who ranks where?"),
            (errors(), "trials", "Do models err as people do?"),
        ),
        strict=True,
    ):
        with place:
            card(*shown)
counted = (f"**{query(sql)['n'].item():,}** {what}" for what, sql in COUNTS.items())
st.markdown(" · ".join(counted))
if not sources["is_present"].all():
    say_absent(sources)
