"""Do the metrics agree? Correlations between the benchmarks of a cohort."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _filters, _shared
from warehouse.figures import agreement, marks

AVAILABLE = """\
select level, method, count(*) as n_pairs
from marts.fct_benchmark_correlations
where cohort_id = $cohort_id
group by all"""

PAIRS = """\
select *
from marts.fct_benchmark_correlations
where cohort_id = $cohort_id and level = $level and method = $method
order by estimate desc"""

BENCHMARKS = """\
select benchmark_id, title, modality, region, citation
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""

SUMMARY = """\
select *
from marts.rpt_cohort_agreement
where cohort_id = $cohort_id and method = $method"""

POWER = """\
select minimum_detectable, n_tests
from marts.rpt_correlation_power
where cohort_id = $cohort_id and level = $level and method = $method"""

CLUSTERS = """\
select benchmark_id
from marts.rpt_benchmark_clusters
where cohort_id = $cohort_id and level = $level
order by cluster_place, benchmark_id"""

SCORES = """\
select source_model_key, variant_id, source_model_name, benchmark_id, score_directed
from marts.fct_scores_normalized
where cohort_id = $cohort_id and level = $level and benchmark_id in (select unnest($ids))"""


ORDERS = {
    "area": "By area: V1, V2, V4, IT, behaviour",
    "similarity": "By similarity: metrics that agree stand together",
}


def summary(cohort_id: str, method: str) -> None:
    """The cohort in a few numbers; always over single benchmarks."""
    rows = _shared.query(SUMMARY, cohort_id=cohort_id, method=method)
    if rows.empty:
        return
    row = rows.iloc[0]
    means = {
        "Mean correlation": ("mean_estimate", "Over all pairs of single benchmarks."),
        "Two neural metrics": ("mean_within_neural", "Mean over pairs of neural metrics."),
        "Two behavioural": ("mean_within_behaviour", "Mean over pairs of behavioural metrics."),
        "One of each": ("mean_between_modalities", "Mean over neural-behavioural pairs."),
    }
    _shared.metrics(
        {
            label: (f"{row[column]:.3f}", help)
            for label, (column, help) in means.items()
            if pd.notna(row[column])
        }
    )
    fewest = row["min_pair_models"]
    fewer = "" if fewest == row["n_models"] else f" (at least {fewest} under each pair)"
    st.caption(
        f"{row['n_benchmarks']} benchmarks, {row['n_pairs']:,} pairs, {row['n_models']} models"
        f"{fewer}. Median {row['median_estimate']:.3f}, from {row['min_estimate']:.3f} "
        f"to {row['max_estimate']:.3f}. "
        f"{row['share_significant']:.0%} of the pairs are significant after Bonferroni "
        f"correction, {row['share_negative']:.0%} are negative."
    )
    if pd.notna(row["boot_low"]):
        st.caption(
            f"95 % interval of the mean by bootstrap: {row['boot_low']:.3f} to "
            f"{row['boot_high']:.3f} over models, {row['family_boot_low']:.3f} to "
            f"{row['family_boot_high']:.3f} over architecture families, because models of one "
            "family are not independent."
        )
    if pd.notna(row["null_low"]):
        st.caption(
            f"Random cohorts of {row['n_models']} models from the same snapshot have a mean of "
            f"{row['null_low']:.3f} to {row['null_high']:.3f}, with "
            f"{row['null_median_pair_models']:.0f} models under the median pair."
        )


def power(cohort_id: str, level: str, method: str) -> None:
    """What the matrix could have shown: weaker correlations than this cannot be significant."""
    rows = _shared.query(POWER, cohort_id=cohort_id, level=level, method=method)
    if not rows.empty and pd.notna(rows["minimum_detectable"].iloc[0]):
        row = rows.iloc[0]
        st.caption(
            f"With {int(row['n_tests']):,} pairs and this many models, only a correlation beyond "
            f"±{row['minimum_detectable']:.2f} could be called significant after Bonferroni."
        )


def take_clicked_cell() -> None:
    """Make the clicked cell of the heat map the chosen pair."""
    cells = st.session_state["heatmap"]["selection"]["pair"]
    if cells:
        st.session_state["a"] = cells[0]["benchmark_y"]
        st.session_state["b"] = cells[0]["benchmark_x"]


def pair(pairs: pd.DataFrame, names: dict[str, str], ids: list[str], chosen: dict) -> None:
    """Two benchmarks against each other, model by model."""
    st.subheader("One pair, model by model")
    left, right, third = st.columns([2, 2, 1])
    with left:
        a = _shared.choose("First metric", ids, "a", default=ids[0], names=names.get)
    with right:
        others = [i for i in ids if i != a]
        b = _shared.choose("Second metric", others, "b", default=others[-1], names=names.get)
    with third:
        axes = _shared.choose("Axes", ["rank", "raw"], "axes", names=_AXES.get)
    first, second = sorted((a, b))
    row = pairs[(pairs["benchmark_a"] == first) & (pairs["benchmark_b"] == second)]
    if row.empty:
        st.info("No model was scored on both of these metrics.")
        return
    statistics(row.iloc[0])
    scores = _shared.query(SCORES, cohort_id=chosen["cohort_id"], level=chosen["level"], ids=[a, b])
    models = sorted(scores["source_model_name"].unique())
    labelled = _shared.choose_some("Name these models in the plot", models, "named", at_most=8)
    chart = _shared.draw(agreement.pair_scatter, scores, a, b, names, axes=axes, labelled=labelled)
    _shared.show_chart(chart, "pair_chart", height=460)
    _shared.downloads(scores, f"{chosen['cohort_id']}_pair", chart)
    _shared.show_sql(SCORES, cohort_id=chosen["cohort_id"], level=chosen["level"], ids=[a, b])


_AXES = {"rank": "Ranks", "raw": "Scores"}


def statistics(row: pd.Series) -> None:
    """Estimate, interval, number of models and p-values of one pair."""
    if pd.isna(row["estimate"]):
        st.info("One of the two is the same for every model: there is no correlation.")
        return
    corrected = (
        f"Bonferroni over {row['n_tests']:,} pairs. Uncorrected {_shown_p(row['p_value'])}, "
        f"Holm {_shown_p(row['p_holm'])}, Benjamini–Hochberg {_shown_p(row['p_fdr'])}."
    )
    _shared.metrics(
        {
            "Correlation": (f"{row['estimate']:.3f}", None),
            "95 % interval": (
                _interval(row, "ci"),
                "By Fisher z (Kendall: Fieller), as if the models were independent.",
            ),
            "Models": (str(row["n_models"]), "Models scored on both."),
            "p, corrected": (_shown_p(row["p_bonferroni"]), corrected),
        }
    )
    parts = []
    if pd.notna(row["boot_low"]):
        parts.append(
            f"Bootstrap over models {_interval(row, 'boot')}, over architecture families "
            f"{_interval(row, 'family_boot')}."
        )
    if pd.notna(row["estimate_partial"]):
        parts.append(
            f"With ImageNet top-1 held fixed: {row['estimate_partial']:.3f}, without "
            f"{row['estimate_on_partial_models']:.3f} on the same {row['n_partial']} models, those "
            "with a known top-1."
        )
    if pd.notna(row["estimate_disattenuated"]):
        parts.append(
            "If both were measured without the noise of splits and resampling: "
            f"{row['estimate_disattenuated']:.3f} "
            f"(reliability of the two together {row['reliability']:.2f})."
        )
    if parts:
        st.caption(" ".join(parts))


def _interval(row: pd.Series, name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return f"{low:.2f} to {high:.2f}" if pd.notna(low) else "none"


def _shown_p(p: float) -> str:
    if pd.isna(p):
        return "none"
    return "< .001" if p < 0.001 else f"{p:.3f}"


def table(pairs: pd.DataFrame, names: dict[str, str]) -> None:
    """Every pair of the matrix."""
    st.subheader("Every pair")
    shown = pairs.assign(a=pairs["benchmark_a"].map(names), b=pairs["benchmark_b"].map(names))
    st.dataframe(
        shown[["a", "b", *_PAIR_COLUMNS]],
        column_config={
            "a": st.column_config.TextColumn("Metric", width=220),
            "b": st.column_config.TextColumn("and metric", width=220),
            **_PAIR_COLUMNS,
        },
        hide_index=True,
        height=300,
    )


_PAIR_COLUMNS = {
    "estimate": _shared.number("Correlation"),
    "ci_low": _shared.number("95 % from"),
    "ci_high": _shared.number("to"),
    "n_models": "Models",
    "p_value": _shared.number("p", "%.2g"),
    "p_bonferroni": _shared.number("p Bonferroni", "%.2g"),
    "p_holm": _shared.number("p Holm", "%.2g"),
    "p_fdr": _shared.number("p Benjamini–Hochberg", "%.2g"),
}


def main() -> None:
    """Draw the page."""
    st.title("Do the metrics agree?")
    st.write(
        "Two metrics agree when they put models in the same order: their correlation is then 1. "
        "At 0 one tells nothing about the other; at −1 they put models in opposite orders."
    )
    cohort = _shared.choose_cohort()
    cohort_id = cohort["cohort_id"]
    available = _shared.query(AVAILABLE, cohort_id=cohort_id)
    if available.empty:
        _shared.stop_absent(cohort["source_id"], "This view")
    left, right = st.columns(2)
    with left:
        methods = marks.known_first(available["method"], _shared.METHODS)
        method = _shared.choose("Correlation", methods, "method", names=_shared.method_name)
    with right:
        level = _shared.choose_level(available[available["method"] == method])
    summary(cohort_id, method)
    if level != "leaf":
        st.caption("The numbers above are of single benchmarks, the matrix below is not.")

    chosen = {"cohort_id": cohort_id, "level": level, "method": method}
    pairs = _filters.choose_benchmarks()(
        _shared.query(PAIRS, **chosen), "benchmark_a", "benchmark_b"
    )
    if pairs.empty:
        st.info("With these filters no pair of metrics is left.")
        return
    ids = sorted({*pairs["benchmark_a"], *pairs["benchmark_b"]})
    benchmarks = _shared.query(BENCHMARKS, ids=ids)
    names = dict(zip(benchmarks["benchmark_id"], benchmarks["title"], strict=True))
    order = marks.order_benchmarks(benchmarks)
    clustered = _shared.query(CLUSTERS, cohort_id=cohort_id, level=level)["benchmark_id"].tolist()
    name = f"{cohort_id}_{level}_{method}"

    st.subheader("The whole matrix")
    st.caption("Point at a cell for its numbers; click it to see the two metrics model by model.")
    drawn = order
    if set(clustered) == set(order):
        wanted = _shared.choose("Order of the metrics", list(ORDERS), "order", names=ORDERS.get)
        drawn = clustered if wanted == "similarity" else order
    chart = _shared.draw(agreement.correlation_heatmap, pairs, benchmarks, drawn)
    _shared.scrolling_chart(chart, "heatmap", on_select=take_clicked_cell, selection_mode=["pair"])
    power(**chosen)
    _shared.downloads(pairs, name, chart)
    _shared.show_sql(PAIRS, **chosen)
    pair(pairs, names, order, chosen)
    table(pairs, names)
    _shared.cite(cohort["source_id"], benchmarks["citation"])


main()
