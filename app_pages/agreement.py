"""Do the benchmarks agree? Correlations between the benchmarks of a cohort."""

import streamlit as st

from app_pages import _agreement_sensitivity, _agreement_specifications, _choices, _filters, _matrix
from app_pages._origins import cite
from app_pages._shared import benchmarks, stop, stop_absent
from app_pages._views import finding, folded, select, table

ORDERS = {"area": "By region", "similarity": "By similarity"}
AXES = {"raw": "Scores", "rank": "Ranks"}


def show() -> None:
    """The matrix of a cohort, and any pair of it."""
    first, second, third = st.columns([5, 5, 2], vertical_alignment="bottom")
    more = third.popover("More choices", width="stretch")
    cohort = _choices.choose_cohort(place=first)
    of = {"cohort_id": cohort["cohort_id"]}
    available = select(
        "fct_benchmark_correlations", "distinct method, level", order="all", **of
    ).rows
    if available.empty:
        stop_absent(cohort["source_id"], "This view")
    level = _choices.choose_known(
        "Level", available["level"], _choices.LEVELS, "level", place=second
    )
    available = available.loc[available["level"] == level, "method"]
    method = _choices.choose_known("Correlation", available, _choices.METHODS, "method", place=more)
    wanted = _choices.choose("Order", ORDERS, "order", place=more)
    axes = _choices.choose("Scatter of", AXES, "axes", place=more)
    chosen = {**of, "level": level, "method": method}
    found = select("fct_benchmark_correlations", order="estimate desc", **chosen)
    keep = _filters.choose_benchmarks()
    found = found.only(keep(found.rows, "benchmark_a", "benchmark_b"))
    if found.is_empty:
        st.info("With these filters no pair of benchmarks is left.")
        stop()
    finding(*_matrix.sentence(found.rows, cohort, chosen), claim="low_agreement")
    ordered = None
    if wanted == "similarity":
        clusters = select(
            "rpt_benchmark_clusters", order="cluster_place, benchmark_id", **of, level=level
        )
        ordered = clusters.rows["benchmark_id"].tolist()
    _matrix.show(found, ordered, axes=axes)
    folded(
        "Every pair, the most alike first",
        "pairs",
        lambda: table(
            found.rows,
            found.mart,
            "benchmark_a, benchmark_b, estimate, ci_low, ci_high, n_models, p_value, p_bonferroni",
            height=400,
        ),
    )
    about = benchmarks({*found.rows["benchmark_a"], *found.rows["benchmark_b"]})
    cite(cohort["source_id"], citations=about["citation"])


_choices.tabs(
    {
        "Agreement": show,
        "What it depends on": _agreement_sensitivity.show,
        "Specification curve": _agreement_specifications.show,
    }
)
