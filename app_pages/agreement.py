"""Do the benchmarks agree? Correlations between the benchmarks of a cohort."""

import pandas as pd
import streamlit as st

from app_pages import _choices, _filters
from app_pages._origins import cite
from app_pages._shared import benchmarks, stop, stop_absent
from app_pages._views import ask, draw, metrics, p_text, select, show_figure, table, view
from warehouse.figures import FIGURES
from warehouse.figures.agreement import correlation_heatmap, pair_scatter
from warehouse.figures.marks import order_benchmarks

SCORES = """\
select source_model_key, variant_id, source_model_name, benchmark_id, score_directed
from marts.fct_scores_normalized
where cohort_id = $cohort_id and level = $level and benchmark_id in (select unnest($ids))"""

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
    corrected = (
        f"Bonferroni over {row['n_tests']:,} pairs. Uncorrected {p_text(row['p_value'])} (as if "
        f"models were unrelated {p_text(row['p_value_naive'])}), "
        f"Holm {p_text(row['p_holm'])}, Benjamini–Hochberg {p_text(row['p_fdr'])}."
    )
    metrics(
        {
            "Correlation": (f"{row['estimate']:.3f}", None),
            "95 % interval": (
                _interval(row, "ci"),
                f"Over {row['n_families']} architecture families, each left out in turn. As if "
                f"models were unrelated: {_interval(row, 'ci', '_naive')}.",
            ),
            "Models": (
                str(row["n_models"]),
                f"Models scored on both, of {row['n_families']} families; so unequal in size that "
                f"they say as much as {row['effective_families']:.1f}.",
            ),
            "p, corrected": (p_text(row["p_bonferroni"]), corrected),
        }
    )
    parts = []
    if pd.notna(row["estimate_partial"]):
        parts.append(
            f"With ImageNet top-1 held fixed: {row['estimate_partial']:.3f} "
            f"({_interval(row, 'partial_ci')}); not held fixed, on "
            f"the same {row['n_partial']} models, whose top-1 is known: "
            f"{row['estimate_on_partial_models']:.3f}."
        )
    if pd.notna(row["estimate_disattenuated"]):
        parts.append(
            "If both were measured without the noise of splits and resampling: "
            f"{row['estimate_disattenuated']:.3f} "
            f"(reliability of the two together {row['reliability']:.2f})."
        )
    if parts:
        st.caption(" ".join(parts))


def _interval(row: pd.Series, name: str, of: str = "") -> str:
    low, high = row[f"{name}_low{of}"], row[f"{name}_high{of}"]
    return f"{low:.2f} to {high:.2f}" if pd.notna(low) else "none"


st.write(
    "Two benchmarks agree when they put models in the same order: their correlation is then 1. "
    "At 0 one tells nothing about the other; at −1 they put models in opposite orders."
)
cohort = _choices.choose_cohort()
cohort_id = cohort["cohort_id"]
of = {"cohort_id": cohort_id}
available = select("fct_benchmark_correlations", "distinct level, method", order="all", **of).rows
if available.empty:
    stop_absent(cohort["source_id"], "This view")
left, right = st.columns(2)
method = _choices.choose_known(
    "Correlation", available["method"], _choices.METHODS, "method", place=left
)
level = _choices.choose_level(available.loc[available["method"] == method, "level"], place=right)

rows = select("rpt_cohort_agreement", order="all", cohort_id=cohort_id, method=method).rows
if not rows.empty:
    row = rows.iloc[0]
    means = {
        "Mean correlation": ("mean_estimate", "Over all pairs of single benchmarks."),
        "Two neural benchmarks": ("mean_within_neural", "Mean over such pairs."),
        "Two behavioural": ("mean_within_behaviour", "Mean over pairs of behavioural benchmarks."),
        "One of each": ("mean_between_modalities", "Mean over neural-behavioural pairs."),
    }
    metrics(
        {
            label: (f"{row[column]:.3f}", help)
            for label, (column, help) in means.items()
            if pd.notna(row[column])
        }
    )
    fewest = row["min_pair_models"]
    fewer = "" if fewest == row["n_models"] else f" (at least {fewest} in each pair)"
    st.caption(
        f"{row['n_benchmarks']} benchmarks, {row['n_pairs']:,} pairs, {row['n_models']} "
        f"models{fewer}. Median {row['median_estimate']:.3f}, from {row['min_estimate']:.3f} to "
        f"{row['max_estimate']:.3f}. {row['share_significant']:.0%} of the pairs are significant "
        "after Bonferroni correction, families allowed for "
        f"({row['share_significant_naive']:.0%} if models were unrelated); "
        f"{row['share_negative']:.0%} are negative."
    )
    if pd.notna(row["family_ci_low"]):
        both = f"{_interval(row, 'ci')} for other families of models and other datasets"
        st.caption(
            f"95 % interval of the mean: {both if pd.notna(row['ci_low']) else 'unknown'}; "
            f"{_interval(row, 'family_ci')} for other families on the same benchmarks "
            f"({row['n_families']} families that say as much as {row['effective_families']:.1f} of "
            f"one size), {_interval(row, 'dataset_ci')} for other datasets and the same models "
            f"({row['n_datasets']}, as much as {row['effective_datasets']:.1f})."
        )
    if pd.notna(row["null_low"]):
        st.caption(
            f"Random cohorts of {row['n_models']} models from the same snapshot have a mean of "
            f"{row['null_low']:.3f} to {row['null_high']:.3f}; their median pair "
            f"shares {row['null_median_pair_models']:.0f} models."
        )
    means = select("rpt_agreement_means", order="all", **of)
    view(
        means,
        title="Over other pairs, and without a dataset",
        intro="Mean correlation over several sets of pairs, with limits over families and "
        "datasets, and the lowest and highest value when one dataset is left out.",
        columns=means.rows.columns.drop(["cohort_id", "n_families", "n_datasets"]),
    )
if level != "leaf":
    st.caption("The numbers above are of single benchmarks, the matrix below is not.")

chosen = {"cohort_id": cohort_id, "level": level, "method": method}
found = select("fct_benchmark_correlations", order="estimate desc", **chosen)
keep = _filters.choose_benchmarks()
found = found.only(keep(found.rows, "benchmark_a", "benchmark_b"))
if found.is_empty:
    st.info("With these filters no pair of benchmarks is left.")
    stop()
pairs = found.rows
ids = {*pairs["benchmark_a"], *pairs["benchmark_b"]}
about = benchmarks(ids)
names = about.set_index("benchmark_id")["title"].to_dict()
drawn = order = order_benchmarks(about)

st.subheader("The whole matrix")
st.caption("Point at a cell for its numbers; click it to see the two benchmarks model by model.")
clusters = select(
    "rpt_benchmark_clusters", order="cluster_place, benchmark_id", cohort_id=cohort_id, level=level
)
clustered = clusters.rows["benchmark_id"].tolist()
if set(clustered) == set(order):
    wanted = _choices.choose("Order of the benchmarks", ORDERS, "order")
    drawn = clustered if wanted == "similarity" else order
chart = draw(correlation_heatmap, pairs, about, drawn).on_click(take_clicked_cell, "pair")
view(found, chart)

rows = select("rpt_correlation_power", order="all", **chosen).rows
if not rows.empty and pd.notna(rows["minimum_detectable"].iloc[0]):
    row = rows.iloc[0]
    st.caption(
        f"With {int(row['n_tests']):,} pairs and these families of models, only a correlation "
        f"beyond ±{row['minimum_detectable']:.2f} could be called significant after Bonferroni "
        f"(±{row['minimum_detectable_naive']:.2f} if models were unrelated)."
    )

ids = order
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
    scores = ask(SCORES, cohort_id=cohort_id, level=level, ids=[a, b])
    models = sorted(scores.rows["source_model_name"].unique())
    labelled = _choices.choose_some("Name these models in the plot", models, "named", at_most=8)
    chart = draw(pair_scatter, scores.rows, a, b, names, axes=axes, labelled=labelled)
    view(scores, chart.wide(height=460))
st.subheader("Every pair")
table(
    pairs,
    found.mart,
    "benchmark_a, benchmark_b, estimate, ci_low, ci_high, n_models, effective_families, p_value, "
    "p_bonferroni, p_holm, p_fdr, p_value_naive",
    names={"benchmark_a": names, "benchmark_b": names},
    height=300,
)
reliability = FIGURES["benchmark_reliabilities"]
answer = ask(reliability.sql, cohort_id=cohort_id)
if answer.rows["reliability"].notna().any():
    st.subheader(reliability.title)
    st.caption(f"{reliability.description} Benchmarks without a published error are left out.")
    show_figure(reliability, answer)
cite(cohort["source_id"], citations=about["citation"])
