"""What does agreement depend on? Models, snapshots, identities; and how many dimensions it has."""

from __future__ import annotations

import streamlit as st

from app_pages import _shared
from warehouse.figures import agreement, marks

AGREEMENT = """\
select *
from marts.rpt_cohort_agreement
where method = $method
order by mean_estimate"""

THINNED = """\
select *
from marts.rpt_agreement_sensitivity
order by cohort_id, axis, threshold"""

SNAPSHOTS = """\
select *
from marts.rpt_snapshot_changes
where method = $method
order by step"""

CONFIDENCES = """\
select *
from marts.rpt_agreement_by_confidence"""

CROSSED = """\
select *
from marts.fct_cross_source_correlations
where confidence = $confidence
order by estimate desc"""

DIMENSIONS = """\
select *
from marts.rpt_cohort_dimensions
where cohort_id = $cohort_id
order by component"""

LOADINGS = """\
select *
from marts.fct_benchmark_loadings
where cohort_id = $cohort_id
order by component, benchmark_id"""

STABILITY = """\
select *
from marts.rpt_composite_stability
order by comparison, earlier_date"""

CONFIDENCE = ["exact_weights", "same_recipe", "same_architecture", "guess"]

_AXES = {
    "accuracy_floor": "Models at or below an ImageNet top-1 leave",
    "completeness": "Models with less than a share of the scores leave",
}

_MEAN = st.column_config.NumberColumn("Mean correlation", format="%.3f")


def cohorts(method: str) -> None:
    """The mean of every cohort, with both intervals."""
    found = _shared.query(AGREEMENT, method=method)
    if found.empty:
        st.info("No cohort has data yet: the sources it needs are absent. See “What is in here?”.")
        return
    st.subheader("Which models, which metrics?")
    st.write(
        "The same question asked of different cohorts. The line is the 95 % interval over "
        "architecture families, where it was computed: where lines overlap, cohorts need not "
        "differ."
    )
    chart = _shared.draw(agreement.agreement_dots, found)
    _shared.scrolling_chart(chart, "cohorts")
    _shared.downloads(found, f"cohorts_{method}", chart)
    _shared.show_sql(AGREEMENT, method=method)


def thinned() -> None:
    """The mean as inaccurate or incomplete models leave."""
    found = _shared.query(THINNED)
    if found.empty:
        return
    st.subheader("Without the worst, without the incomplete")
    axes = marks.known_first(found["axis"], _AXES)
    axis = _shared.choose("Which models leave", axes, "axis", names=lambda a: _AXES.get(a, a))
    drawn = found[found["axis"] == axis]
    chart = _shared.draw(agreement.sensitivity_lines, drawn, _AXES.get(axis, axis))
    _shared.scrolling_chart(chart, "thinned")
    st.caption(
        "Mean Spearman over all pairs of metrics, each pair on the models that both scored; the "
        "number of models is on hover. As models leave, a correlation changes for want of spread "
        "as well: this is a description, not an effect."
    )
    _shared.downloads(found, "agreement_sensitivity", chart)
    _shared.show_sql(THINNED)


def snapshots(method: str) -> None:
    """From the leaderboard of 2024 to that of 2025, step by step."""
    found = _shared.query(SNAPSHOTS, method=method)
    if found.empty:
        return
    st.subheader("From 2024 to 2025")
    st.write(
        "The two leaderboards differ in models, in metrics and in scores. Step by step, with the "
        "difference that comes with each and its 95 % interval over families (shared models drawn "
        "together):"
    )
    st.dataframe(
        found.drop(columns=["method", "difference_low", "difference_high"]),
        column_config={
            "step": "Step",
            "cohort_id": "Cohort",
            "change": st.column_config.TextColumn("What changes", width=320),
            "n_models": "Models",
            "n_benchmarks": "Metrics",
            "n_shared_models": "Models on both sides",
            "mean_estimate": _MEAN,
            "difference": st.column_config.NumberColumn("Difference", format="%+.4f"),
            "difference_family_low": st.column_config.NumberColumn("95 % low", format="%+.4f"),
            "difference_family_high": st.column_config.NumberColumn("High", format="%+.4f"),
        },
        hide_index=True,
    )
    _shared.downloads(found, f"snapshot_changes_{method}")
    _shared.show_sql(SNAPSHOTS, method=method)


def identities() -> None:
    """The mean across sources, as weaker links between names are believed."""
    found = _shared.query(CONFIDENCES)
    if found.empty:
        return
    st.subheader("Which names are the same model?")
    st.write(
        "Metrics of different sources can only be compared on models known to be the same. The "
        "same pairs of metrics, as weaker links between names are believed:"
    )
    order = marks.known_first(found["confidence"], CONFIDENCE)
    found = found.set_index("confidence").loc[order].reset_index()
    st.dataframe(
        found,
        column_config={
            "confidence": "Links believed down to",
            "n_pairs": "Pairs",
            "mean_estimate": _MEAN,
            "median_pair_models": "Models in a pair (median)",
            "min_pair_models": "fewest",
            "max_pair_models": "most",
        },
        hide_index=True,
    )
    _shared.downloads(found, "agreement_by_confidence")
    _shared.show_sql(CONFIDENCES)
    with st.expander("Every pair of metrics from two sources"):
        confidence = _shared.choose("Links believed down to", order, "confidence")
        pairs = _shared.query(CROSSED, confidence=confidence)
        st.dataframe(pairs, hide_index=True, height=300)
        _shared.downloads(pairs, f"cross_source_{confidence}")
        _shared.show_sql(CROSSED, confidence=confidence)


def dimensions() -> None:
    """How many dimensions the metrics of a cohort have."""
    st.header("How many dimensions does “human-like” have?")
    cohort = _shared.choose_cohort()
    cohort_id = cohort["cohort_id"]
    found = _shared.query(DIMENSIONS, cohort_id=cohort_id)
    if found.empty:
        st.info("Dimensions need a complete cohort: one in which every model has every score.")
        return
    n = int(found["is_above_chance"].sum())
    first = found.iloc[0]
    st.write(
        f"Principal components of the Spearman matrix of {first['n_benchmarks']} metrics over "
        f"{first['n_models']} models. **{n}** explain more than components of unrelated metrics "
        f"would (95 % of random matrices, Horn's parallel analysis); the first explains "
        f"{first['explained_share']:.0%}."
    )
    chart = _shared.draw(agreement.scree, found)
    _shared.scrolling_chart(chart, "scree")
    _shared.downloads(found, f"{cohort_id}_dimensions", chart)
    _shared.show_sql(DIMENSIONS, cohort_id=cohort_id)
    loadings = _shared.query(LOADINGS, cohort_id=cohort_id)
    with st.expander("Which metrics load on which component"):
        wide = loadings.pivot(index="benchmark_id", columns="component", values="loading")
        kept = [c for c in wide.columns if c <= max(n, 1)]
        st.dataframe(wide[kept].rename(columns=str).reset_index(), hide_index=True, height=400)
        _shared.downloads(loadings, f"{cohort_id}_loadings")
        _shared.show_sql(LOADINGS, cohort_id=cohort_id)
    _shared.cite(cohort["source_id"])


_COMPARISONS = {
    "next_month": "with the month after",
    "next_year": "with a year later",
    "last_month": "with the last month",
}


def stability() -> None:
    """How stable the order by Brain-Score's average is from month to month."""
    found = _shared.query(STABILITY)
    if found.empty:
        return
    st.subheader("Is the order of models stable over time?")
    names = found["comparison"].map(lambda c: _COMPARISONS.get(c, c))
    chart = _shared.draw(agreement.stability_lines, found.assign(comparison=names))
    _shared.scrolling_chart(chart, "stability")
    st.caption(
        "Spearman of the order by Brain-Score's published average of each month with that of a "
        "later one, over the models in both. A retrospective recomputation: its level cannot be "
        "compared with the leaderboards."
    )
    _shared.downloads(found, "composite_stability", chart)
    _shared.show_sql(STABILITY)


def main() -> None:
    """Draw the page."""
    st.title("What does agreement depend on?")
    st.write(
        "There is no single answer to how far the metrics agree. Here is how it moves with the "
        "models, the metrics, the date, and the names that are taken for one model."
    )
    method = _shared.choose(
        "Correlation", list(_shared.METHODS), "method", names=_shared.method_name
    )
    cohorts(method)
    thinned()
    snapshots(method)
    identities()
    stability()
    dimensions()


main()
