"""What does agreement depend on? Models, snapshots, identities; and how many dimensions it has."""

import streamlit as st

from app_pages._choices import METHODS, choose, choose_cohort, choose_known, named
from app_pages._origins import cite
from app_pages._shared import stop
from app_pages._views import draw, select, table, view
from warehouse.figures import agreement

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

st.write(
    "There is no single answer to how far the benchmarks agree. Here is how it moves with the "
    "models, the benchmarks, the date, and the names that are taken for one model."
)
method = choose("Correlation", METHODS, "method")

found = select("rpt_cohort_agreement", order="mean_estimate", method=method)
if found.is_empty:
    st.info("No cohort has data yet: the sources it needs are absent. See “What is in here?”.")
else:
    view(
        found,
        draw(agreement.agreement_dots, found.rows),
        title="Which models, which benchmarks?",
        intro="The same question asked of different cohorts. The line is the 95 % interval over "
        "architecture families, where it was computed: where lines overlap, cohorts need not "
        "differ.",
    )

found = select("rpt_agreement_sensitivity", order="cohort_id, axis, threshold")
if not found.is_empty:
    st.subheader("Without the worst, without the incomplete")
    axis = choose_known("Which models leave", found.rows["axis"], AXES, "axis")
    drawn = found.rows[found.rows["axis"] == axis]
    view(
        found,
        draw(agreement.sensitivity_lines, drawn, AXES.get(axis, axis)),
        said="Mean Spearman correlation over all pairs of benchmarks, each pair on the models "
        "scored on both; point at a mark for the number of models. As models leave, the rest "
        "differ less from each other, which alone changes a correlation: the lines describe, they "
        "do not show a cause.",
    )

found = select("rpt_snapshot_changes", order="step", method=method)
if not found.is_empty:
    view(
        found,
        columns=found.rows.columns.drop("method"),
        title="From 2024 to 2025",
        intro="The two leaderboards differ in models, in benchmarks and in scores. Step by step, "
        "with the difference that comes with each and its 95 % interval over families and datasets "
        "(what both sides share is left out or drawn on both at once):",
    )

found = select("rpt_agreement_by_confidence", order="all")
if not found.is_empty:
    order = list(named(found.rows["confidence"], CONFIDENCES))
    view(
        found.only(found.rows.set_index("confidence").loc[order].reset_index()),
        columns="*",
        title="Which names are the same model?",
        intro="Benchmarks of different sources can only be compared on models known to be the "
        "same. The same pairs of benchmarks, as weaker links between names are believed:",
    )
    with st.expander("Every pair of benchmarks from two sources"):
        confidence = choose("Links believed down to", order, "confidence")
        pairs = select(
            "fct_cross_source_correlations", order="estimate desc", confidence=confidence
        )
        view(pairs, columns="*", height=300)

found = select("rpt_composite_stability", order="comparison, earlier_date")
if not found.is_empty:
    view(
        found,
        draw(agreement.stability_lines, found.rows.replace({"comparison": COMPARISONS})),
        title="Is the order of models stable over time?",
        said="Spearman correlation of the order by Brain-Score's published average of each month "
        "with that of a later one, over the models in both. The averages of past months were "
        "recomputed later: their level cannot be compared with the leaderboards.",
    )

st.header("How many dimensions does “human-like” have?")
cohort = choose_cohort()
cohort_id = cohort["cohort_id"]
found = select("rpt_cohort_dimensions", order="component", cohort_id=cohort_id)
if found.is_empty:
    st.info("Dimensions need a complete cohort: one in which every model has every score.")
    stop()
n = int(found.rows["is_above_chance"].sum())
first = found.rows.iloc[0]
view(
    found,
    draw(agreement.scree, found.rows),
    intro=f"Principal components of the Spearman matrix of {first['n_benchmarks']} benchmarks over "
    f"{first['n_models']} models. **{n}** explain more than components of unrelated benchmarks "
    "would (95 % of random matrices, Horn's parallel analysis); the first explains "
    f"{first['explained_share']:.0%}.",
)
loadings = select("fct_benchmark_loadings", order="component, benchmark_id", cohort_id=cohort_id)
with st.expander("Which benchmarks load on which component"):
    wide = loadings.rows.pivot(index="benchmark_id", columns="component", values="loading")
    kept = [c for c in wide.columns if c <= max(n, 1)]
    wide = wide[kept].rename(columns="Component {}".format)
    numbers = dict.fromkeys(wide, st.column_config.NumberColumn(format="%.2f"))
    table(wide.reset_index(), loadings.mart, config=numbers, height=400)
    view(loadings)
cite(cohort["source_id"])
