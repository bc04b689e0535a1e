"""What does agreement depend on? Models, snapshots, identities; and how many dimensions it has."""

import pandas as pd
import streamlit as st

from app_pages._choices import METHODS, choose, choose_cohort, choose_known, named
from app_pages._origins import cite
from app_pages._shared import stop
from app_pages._views import ask, draw, limits, select, show_figure, table, view
from warehouse.figures import FIGURES, agreement
from warehouse.figures.agreement import PREDICTORS
from warehouse.figures.marks import ALPHA

CONFIDENCES = {
    "exact_weights": "the same weights",
    "same_recipe": "the same training recipe",
    "same_architecture": "the same architecture",
    "guess": "a guess",
}
AXES = {
    "accuracy_floor": "Models with this ImageNet top-1 or less are left out",
    "completeness": "Models with less than this share of the scores are left out",
}


def explain_predictors(rows: pd.DataFrame) -> None:
    """What the regression says, and whether anything of it holds for other datasets."""
    is_known = rows["is_identified"].astype(bool)
    known, one = rows[is_known], rows[is_known].iloc[0]
    told = known.dropna(subset=["plain_ci_low"])
    n_apart = int(((told["plain_ci_low"] > 0) | (told["plain_ci_high"] < 0)).sum())
    n_small = int((known["p_value"] < ALPHA).sum())
    st.markdown(
        f"**What two benchmarks share explains {one['r_squared']:.0%} of the differences between "
        f"{one['n_pairs']:,} correlations, {one['r_squared_unseen']:.0%} for a dataset that was "
        f"not used. Of {len(known)} things to share, {n_small or 'none'} matters by permuting "
        f"benchmarks (p < .05), and {n_apart or 'none'} by an interval over families and datasets "
        "that leaves out 0.**"
    )
    if not is_known.all():
        names = ", ".join(rows.loc[~is_known, "predictor"].map(PREDICTORS))
        st.caption(f"Left out, because here it says what the others say: {names}.")


def show() -> None:
    """What agreement depends on, over cohorts and inside one."""
    method = choose("Correlation", METHODS, "method")
    view(
        select("rpt_cohort_agreement", order="mean_estimate", method=method),
        agreement.agreement_dots,
        title="Which models, which benchmarks?",
        intro=agreement.INTERVALS,
        absent="No cohort has data yet: the sources it needs are absent. See “Sources and tests”.",
    )

    found = select("rpt_agreement_sensitivity", order="cohort_id, axis, threshold")
    if not found.is_empty:
        st.subheader("Without the worst, without the incomplete")
        axis = choose_known("Which models are left out", found.rows["axis"], AXES, "axis")
        drawn = found.rows[found.rows["axis"] == axis]
        view(
            found,
            draw(agreement.sensitivity_lines, drawn, AXES.get(axis, axis)),
            said="Mean Spearman over all pairs of benchmarks, each on the models scored on both; "
            "point at a dot for how many those are. No interval is computed. Models that are left "
            "out leave others that differ less, which alone changes a correlation: no cause is "
            "shown.",
        )

    found = select("rpt_snapshot_changes", order="step", method=method)
    view(
        found,
        columns="step, change, n_models, n_benchmarks, mean_estimate, difference, ci_low, ci_high, "
        "n_shared_models, family_ci_low, family_ci_high, dataset_ci_low, dataset_ci_high, "
        "cohort_id",
        title="From 2024 to 2025",
        intro="The two leaderboards differ in models, benchmarks and scores. Step by step, with "
        "the difference that comes with each and its 95 % interval over families and datasets "
        "(what both sides share is left out, or drawn, on both at once):",
    )

    found = select("rpt_agreement_by_confidence", order="all")
    if not found.is_empty:
        order = list(named(found.rows["confidence"], CONFIDENCES))
        view(
            found.only(found.rows.set_index("confidence").loc[order].reset_index()),
            columns="*",
            title="Which names are the same model?",
            intro="Benchmarks of two sources share the models whose published names are taken for "
            "one model. The same pairs of benchmarks, as weaker links between names are believed "
            "(no interval is computed):",
        )
        with st.expander("Every pair of benchmarks from two sources"):
            confidence = choose("Links believed down to", order, "confidence")
            pairs = select(
                "fct_cross_source_correlations", order="estimate desc", confidence=confidence
            )
            view(
                pairs,
                columns="*",
                said="Pairs that share ten models or more. Limits and p-values allow for families; "
                "p is not corrected for the number of pairs.",
                height=300,
            )

    view(
        select("rpt_composite_stability", order="comparison, earlier_date"),
        agreement.stability_lines,
        title="Is the order of models stable over time?",
        said="Spearman of the orders by Brain-Score's published average in two months, over the "
        "models in both. Past averages were recomputed later: their level is not that of the "
        "leaderboards.",
    )

    st.header("Inside one cohort")
    cohort = choose_cohort()
    of = {"cohort_id": cohort["cohort_id"]}
    figure = FIGURES["agreement_predictors"]
    found = ask(figure.sql, **of, pairs="all")
    if not found.is_empty and found.rows["is_identified"].any():
        st.subheader(figure.title)
        st.caption(figure.description)
        show_figure(figure, found, explain_predictors)

    st.subheader("How many dimensions does “human-like” have?")
    found = select("rpt_cohort_dimensions", order="component", **of)
    if found.is_empty:
        st.info("Dimensions need a complete cohort: one in which every model has every score.")
        stop()
    n = int(found.rows["is_above_chance"].sum())
    first = found.rows.iloc[0]
    view(
        found,
        agreement.scree,
        intro=f"Of the principal components of {first['n_benchmarks']} benchmarks over "
        f"{first['n_models']} models (Spearman), those that explain more than in 95 % of random "
        f"matrices (dashed line; Horn's parallel analysis) are **{n}**; the first explains "
        f"{first['explained_share']:.0%}.",
    )
    for _, axis in select("rpt_first_axes", order="level", level="leaf", **of).rows.iterrows():
        said = (
            f"On the first of them {axis['n_negative']} of {axis['n_benchmarks']} benchmarks load "
            f"negatively, lowest {axis['lowest_benchmark_id']} ({axis['lowest_loading']:+.2f})"
        )
        if pd.notna(axis["estimate"]):
            said += (
                f"; the places of models on it correlate {axis['estimate']:.2f}"
                f"{limits(axis)} with ImageNet top-1 ({axis['n_top1']} models)"
            )
        st.markdown(f"**{said}.**")
    loadings = select("fct_benchmark_loadings", order="component, benchmark_id", **of)
    with st.expander("Which benchmarks load on which component"):
        wide = loadings.rows.pivot(index="benchmark_id", columns="component", values="loading")
        wide = wide[[c for c in wide if c <= max(n, 1)]].rename(columns="Component {}".format)
        numbers = dict.fromkeys(wide, st.column_config.NumberColumn(format="%.2f"))
        table(wide.reset_index(), loadings.mart, config=numbers, height=400)
        view(loadings)
    view(
        select("rpt_axis_comparisons", order="cohort_a, cohort_b"),
        columns="cohort_a, cohort_b, n_models, n_families, n_benchmarks, congruence, "
        "min_congruence, second_to_first, estimate, ci_low, ci_high",
        title="Is the first axis the same in other years?",
        intro="Over the models and benchmarks that two cohorts of different snapshots share. "
        "Congruence compares the loadings of benchmarks (1: the same axis, 0: an unrelated one); "
        "the places of models on both axes are correlated by rank. Scores that did not change from "
        "one snapshot to the next give 1 by themselves.",
    )
    cite(cohort["source_id"])
