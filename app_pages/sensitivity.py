"""What does agreement depend on? Models, snapshots, identities; and how many dimensions it has."""

from __future__ import annotations

import streamlit as st

from app_pages._choices import METHODS, choose, choose_cohort, choose_known, named
from app_pages._origins import cite
from app_pages._views import draw, select, view
from warehouse.figures.agreement import agreement_dots, scree, sensitivity_lines, stability_lines

CONFIDENCES = {
    "exact_weights": "the same weights",
    "same_recipe": "the same training recipe",
    "same_architecture": "the same architecture",
    "guess": "a guess",
}
AXES = {
    "accuracy_floor": "Models at or below an ImageNet top-1 leave",
    "completeness": "Models with less than a share of the scores leave",
}
COMPARISONS = {
    "next_month": "with the month after",
    "next_year": "with a year later",
    "last_month": "with the last month",
}


def cohorts(method: str) -> None:
    """The mean of every cohort, with both intervals."""
    found = select("rpt_cohort_agreement", order="mean_estimate", method=method)
    if found.is_empty:
        st.info("No cohort has data yet: the sources it needs are absent. See “What is in here?”.")
        return
    st.subheader("Which models, which benchmarks?")
    st.write(
        "The same question asked of different cohorts. The line is the 95 % interval over "
        "architecture families, where it was computed: where lines overlap, cohorts need not "
        "differ."
    )
    view(found, f"cohorts_{method}", draw(agreement_dots, found.rows))


def thinned() -> None:
    """The mean as inaccurate or incomplete models leave."""
    found = select("rpt_agreement_sensitivity", order="cohort_id, axis, threshold")
    if found.is_empty:
        return
    st.subheader("Without the worst, without the incomplete")
    axis = choose_known("Which models leave", found.rows["axis"], AXES, "axis")
    drawn = found.rows[found.rows["axis"] == axis]
    view(
        found,
        "agreement_sensitivity",
        draw(sensitivity_lines, drawn, AXES.get(axis, axis)),
        said="Mean Spearman correlation over all pairs of benchmarks, each pair on the models "
        "scored on both; point at a mark for the number of models. As models leave, the rest "
        "differ less from each other, which alone changes a correlation: the lines describe, they "
        "do not show a cause.",
    )


def snapshots(method: str) -> None:
    """From the leaderboard of 2024 to that of 2025, step by step."""
    found = select("rpt_snapshot_changes", order="step", method=method)
    if found.is_empty:
        return
    st.subheader("From 2024 to 2025")
    st.write(
        "The two leaderboards differ in models, in benchmarks and in scores. Step by step, with "
        "the difference that comes with each and its 95 % interval over families (shared models "
        "drawn together):"
    )
    hidden = ["method", "difference_low", "difference_high"]
    view(found, f"snapshot_changes_{method}", columns=found.rows.columns.drop(hidden))


def identities() -> None:
    """The mean across sources, as weaker links between names are believed."""
    found = select("rpt_agreement_by_confidence", order="all")
    if found.is_empty:
        return
    st.subheader("Which names are the same model?")
    st.write(
        "Benchmarks of different sources can only be compared on models known to be the same. The "
        "same pairs of benchmarks, as weaker links between names are believed:"
    )
    order = list(named(found.rows["confidence"], CONFIDENCES))
    found = found.only(found.rows.set_index("confidence").loc[order].reset_index())
    view(found, "agreement_by_confidence", columns="*")
    with st.expander("Every pair of benchmarks from two sources"):
        confidence = choose("Links believed down to", order, "confidence")
        pairs = select(
            "fct_cross_source_correlations", order="estimate desc", confidence=confidence
        )
        view(pairs, f"cross_source_{confidence}", columns="*", height=300)


def dimensions() -> None:
    """How many dimensions the benchmarks of a cohort have."""
    st.header("How many dimensions does “human-like” have?")
    cohort = choose_cohort()
    cohort_id = cohort["cohort_id"]
    found = select("rpt_cohort_dimensions", order="component", cohort_id=cohort_id)
    if found.is_empty:
        st.info("Dimensions need a complete cohort: one in which every model has every score.")
        return
    n = int(found.rows["is_above_chance"].sum())
    first = found.rows.iloc[0]
    st.write(
        f"Principal components of the Spearman matrix of {first['n_benchmarks']} benchmarks over "
        f"{first['n_models']} models. **{n}** explain more than components of unrelated benchmarks "
        f"would (95 % of random matrices, Horn's parallel analysis); the first explains "
        f"{first['explained_share']:.0%}."
    )
    view(found, f"{cohort_id}_dimensions", draw(scree, found.rows))
    loadings = select(
        "fct_benchmark_loadings", order="component, benchmark_id", cohort_id=cohort_id
    )
    with st.expander("Which benchmarks load on which component"):
        wide = loadings.rows.pivot(index="benchmark_id", columns="component", values="loading")
        kept = [c for c in wide.columns if c <= max(n, 1)]
        st.dataframe(wide[kept].rename(columns=str).reset_index(), hide_index=True, height=400)
        view(loadings, f"{cohort_id}_loadings")
    cite(cohort["source_id"])


def stability() -> None:
    """How stable the order by Brain-Score's average is from month to month."""
    found = select("rpt_composite_stability", order="comparison, earlier_date")
    if found.is_empty:
        return
    st.subheader("Is the order of models stable over time?")
    drawn = found.rows.replace({"comparison": COMPARISONS})
    view(
        found,
        "composite_stability",
        draw(stability_lines, drawn),
        said="Spearman correlation of the order by Brain-Score's published average of each month "
        "with that of a later one, over the models in both. The averages of past months were "
        "recomputed later: their level cannot be compared with the leaderboards.",
    )


def main() -> None:
    """Draw the page."""
    st.title("What does agreement depend on?")
    st.write(
        "There is no single answer to how far the benchmarks agree. Here is how it moves with the "
        "models, the benchmarks, the date, and the names that are taken for one model."
    )
    method = choose("Correlation", METHODS, "method")
    cohorts(method)
    thinned()
    snapshots(method)
    identities()
    stability()
    dimensions()


main()
