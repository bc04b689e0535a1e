"""Do the benchmarks agree? Correlations between the benchmarks of a cohort."""

import pandas as pd
import streamlit as st

from app_pages import _agreement_sensitivity, _agreement_specifications, _choices, _filters
from app_pages._origins import cite
from app_pages._shared import benchmarks, stop, stop_absent
from app_pages._views import ask, draw, facts, metrics, p_text, select, show_figure, table, view
from warehouse.figures import FIGURES
from warehouse.figures.agreement import TOP1_SOURCES, correlation_heatmap, pair_scatter
from warehouse.figures.marks import order_benchmarks

ORDERS = {
    "area": "By area: V1, V2, V4, IT, behaviour",
    "similarity": "By similarity: benchmarks that agree stand together",
}
AXES = {"rank": "Ranks", "raw": "Scores"}


def take_clicked_cell() -> None:
    """Make the clicked cell of the heat map the chosen pair."""
    cells = st.session_state["correlation_heatmap"]["selection"]["pair"]
    if cells:
        st.session_state["a"] = cells[0]["benchmark_y"]
        st.session_state["b"] = cells[0]["benchmark_x"]


def statistics(row: pd.Series) -> None:
    """Estimate, interval, number of models and p-values of one pair."""
    if pd.isna(row["estimate"]):
        st.info("One of the two is the same for every model: there is no correlation.")
        return
    others = ", ".join(p_text(row[p]) for p in ("p_value", "p_holm", "p_fdr"))
    corrected = (
        f"Bonferroni over {row['n_tests']:,} pairs. Raw, Holm, Benjamini–Hochberg: {others}."
    )
    limits = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}" if pd.notna(row["ci_low"]) else "none"
    how = f"Over {row['n_families']} architecture families, each left out in turn."
    metrics(
        {
            "Correlation": (f"{row['estimate']:.3f}", None),
            "95 % interval": (limits, how),
            "Models": (str(row["n_models"]), "Models scored on both."),
            "p, corrected": (p_text(row["p_bonferroni"]), corrected),
        }
    )
    columns = "n_families, effective_families, ci_low_naive, ci_high_naive, p_value_naive, "
    columns += "estimate_partial, partial_ci_low, partial_ci_high, n_partial, "
    columns += "estimate_on_partial_models, estimate_disattenuated, reliability"
    st.caption(facts(row, "fct_benchmark_correlations", columns))


def means(row: pd.Series) -> None:
    """Mean correlation of the cohort, with what surrounds it."""
    shown = {"Mean correlation": (f"{row['mean_estimate']:.3f}", "Over all pairs of benchmarks.")}
    if pd.notna(row["ci_low"]):
        how = "Over families of models and datasets of benchmarks together."
        shown["95 % interval"] = (f"{row['ci_low']:.2f} to {row['ci_high']:.2f}", how)
    help = "Mean over such pairs; its intervals stand under “Over other pairs” below."
    for label, column in (
        ("Two neural, different datasets", "mean_neural_between_datasets"),
        ("Two behavioural, different datasets", "mean_behaviour_between_datasets"),
        ("One of each", "mean_between_modalities"),
        ("Without doubted benchmarks", "mean_undoubted"),
    ):
        if pd.notna(row[column]):
            shown[label] = (f"{row[column]:.3f}", help)
    metrics(shown)
    columns = "n_benchmarks, n_pairs, n_models, min_pair_models, median_estimate, min_estimate, "
    columns += "max_estimate, share_negative, share_significant, share_significant_naive, "
    columns += "family_ci_low, family_ci_high, n_families, effective_families, "
    columns += "dataset_ci_low, dataset_ci_high, n_datasets, effective_datasets, "
    columns += "mean_within_neural, mean_within_behaviour, "
    columns += "null_low, null_high, null_median_pair_models"
    st.caption(facts(row, "rpt_cohort_agreement", columns))


def show() -> None:
    """The matrix of a cohort, and any pair of it."""
    cohort = _choices.choose_cohort()
    of = {"cohort_id": cohort["cohort_id"]}
    available = select(
        "fct_benchmark_correlations", "distinct method, level", order="all", **of
    ).rows
    if available.empty:
        stop_absent(cohort["source_id"], "This view")
    chosen, _ = _choices.choose_in_turn(
        available, method=("Correlation", _choices.METHODS), level=("Level", _choices.LEVELS)
    )
    level = chosen["level"]
    chosen = {**of, "level": level, "method": chosen["method"]}
    for _, row in select(
        "rpt_cohort_agreement", order="all", **of, method=chosen["method"]
    ).rows.iterrows():
        means(row)
    if level != "leaf":
        st.caption("The numbers above are of single benchmarks, the matrix below is not.")

    found = select("fct_benchmark_correlations", order="estimate desc", **chosen)
    keep = _filters.choose_benchmarks()
    found = found.only(keep(found.rows, "benchmark_a", "benchmark_b"))
    if found.is_empty:
        st.info("With these filters no pair of benchmarks is left.")
        stop()
    pairs = found.rows
    about = benchmarks({*pairs["benchmark_a"], *pairs["benchmark_b"]})
    names = about.set_index("benchmark_id")["title"].to_dict()
    ids = drawn = order_benchmarks(about)

    st.subheader("The whole matrix")
    clusters = select(
        "rpt_benchmark_clusters", order="cluster_place, benchmark_id", **of, level=level
    )
    clustered = clusters.rows["benchmark_id"].tolist()
    if set(clustered) == set(ids):
        wanted = _choices.choose("Order of the benchmarks", ORDERS, "order")
        drawn = clustered if wanted == "similarity" else ids
    power = select("rpt_correlation_power", order="all", **chosen).rows.dropna(
        subset=["minimum_detectable"]
    )
    view(
        found,
        draw(correlation_heatmap, pairs, about, drawn).on_click(take_clicked_cell, "pair"),
        said="Point at a cell for its numbers; click it to see the two benchmarks model by model. "
        + "".join(
            f"With {row.n_tests:,} pairs and these families of models, only a correlation beyond "
            f"±{row.minimum_detectable:.2f} could be significant after Bonferroni "
            f"(±{row.minimum_detectable_naive:.2f} if models were unrelated)."
            for row in power.itertuples()
        ),
    )

    st.subheader("One pair, model by model")
    left, right, third = st.columns([2, 2, 1])
    a = _choices.choose("First benchmark", ids, "a", default=ids[0], names=names.get, place=left)
    others = [i for i in ids if i != a]
    b = _choices.choose(
        "Second benchmark", others, "b", default=others[-1], names=names.get, place=right
    )
    axes = _choices.choose("Axes", AXES, "axes", place=third)
    first, second = sorted((a, b))
    row = pairs[(pairs["benchmark_a"] == first) & (pairs["benchmark_b"] == second)]
    if row.empty:
        st.info("No model was scored on both of these benchmarks.")
    else:
        statistics(row.iloc[0])
        scores = select(
            "fct_scores_normalized",
            "source_model_key, variant_id, source_model_name, benchmark_id, score_directed",
            order="benchmark_id, source_model_key, variant_id",
            **of,
            level=level,
            benchmark_id=[a, b],
        )
        models = sorted(scores.rows["source_model_name"].unique())
        labelled = _choices.choose_some("Name these models in the plot", models, "named", at_most=8)
        chart = draw(pair_scatter, scores.rows, a, b, names, axes=axes, labelled=labelled)
        view(scores, chart.with_options(height=460))
    st.subheader("Every pair")
    table(
        pairs,
        found.mart,
        "benchmark_a, benchmark_b, estimate, ci_low, ci_high, n_models, p_value, p_bonferroni, "
        "p_holm, p_fdr",
        names={"benchmark_a": names, "benchmark_b": names},
        height=300,
    )
    found = select("rpt_agreement_means", order="position", **of)
    view(
        found,
        title="Over other pairs, and without a dataset",
        intro="Mean Spearman over several sets of pairs, with limits over families and datasets, "
        "and the lowest and highest value when one dataset is left out.",
        columns="title, estimate, ci_low, ci_high, family_ci_low, family_ci_high, dataset_ci_low, "
        "dataset_ci_high, effective_families, effective_datasets, min_left_out, "
        "min_left_out_dataset, max_left_out, max_left_out_dataset",
    )
    view(
        select("rpt_partial_agreement", order="all", **of),
        title="With ImageNet top-1 held fixed",
        intro="Top-1 is not one measurement: compare each mean with the plain one over the same "
        "models, and the rows with each other.",
        columns="top1_source, n_models, mean_estimate, mean_partial, ci_low, ci_high, "
        "family_ci_low, family_ci_high, n_families, effective_families",
        names={"top1_source": TOP1_SOURCES},
        absent="No source of top-1 has ten models of this cohort.",
    )
    reliability = FIGURES["benchmark_reliabilities"]
    answer = ask(reliability.sql, **of)
    if answer.rows["reliability"].notna().any():
        st.subheader(reliability.title)
        st.caption(f"{reliability.description} Benchmarks without a published error are left out.")
        show_figure(reliability, answer)
    cite(cohort["source_id"], citations=about["citation"])


_choices.tabs(
    {
        "Agreement": show,
        "What it depends on": _agreement_sensitivity.show,
        "Specification curve": _agreement_specifications.show,
    }
)
