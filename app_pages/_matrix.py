"""Heat map of correlations between benchmarks, with the models of the chosen cell beside it."""

from functools import partial

import pandas as pd
import streamlit as st

from app_pages import _choices
from app_pages._shared import benchmarks, titles
from app_pages._views import Answer, draw, facts, limits, names_of, p_text, select, view
from warehouse.figures.agreement import correlation_heatmap, pair_scatter
from warehouse.figures.marks import order_benchmarks, short_titles, span

MORE = (
    "n_families, effective_families, ci_low_naive, ci_high_naive, p_value, p_holm, p_fdr, "
    "p_value_naive, estimate_partial, partial_ci_low, partial_ci_high, n_partial, "
    "estimate_on_partial_models, estimate_disattenuated, reliability"
)
NARROW = 12
"""Up to this many benchmarks the heat map takes half of the page."""
BESIDE = 55
"""With more benchmarks than this the heat map needs the whole width of the page."""


MEANS = {
    "leaf": ("all", "mean_estimate", "single benchmarks"),
    "group": ("between_groups", "mean_between_groups", "groups of benchmarks"),
    "region": ("between_regions", "mean_between_regions", "averages (of a region or of behaviour)"),
    "modality": ("neural_with_behaviour", "neural_with_behaviour", "modalities"),
}
"""By level: set of pairs of ``rpt_agreement_means``, column of ``rpt_cohort_agreement``, name."""

KINDS = {
    "two neural benchmarks": "mean_neural_between_datasets",
    "two behavioural ones": "mean_behaviour_between_datasets",
    "one of each": "mean_between_modalities",
}
"""Columns of ``rpt_cohort_agreement``: two conditions of one dataset are no two benchmarks."""

HOW = (
    "Two benchmarks agree when they order the models alike. A cell is the correlation of two over "
    "the models that have both; the mean is over all pairs. Click a cell to see its models; "
    "at first those of the pair are shown that agrees least, of the better known half. "
    "Intervals are 95 %, over families of models and datasets of benchmarks together. "
)


def _power(chosen: dict[str, str]) -> str:
    """How large a correlation has to be before it could be significant."""
    rows = select("rpt_correlation_power", order="all", **chosen).rows
    return "".join(
        f"With {row.n_tests:,} pairs and these families only a correlation beyond "
        f"±{row.minimum_detectable:.2f} could be significant after Bonferroni "
        f"(±{row.minimum_detectable_naive:.2f} if models were unrelated)."
        for row in rows.dropna(subset=["minimum_detectable"]).itertuples()
    )


def sentence(pairs: pd.DataFrame, cohort: pd.Series, chosen: dict[str, str]) -> tuple[str, str]:
    """Mean correlation at the chosen level, and where it is high or low; with how it is found."""
    of, level = {"cohort_id": cohort["cohort_id"]}, chosen["level"]
    rows = select("rpt_cohort_agreement", order="all", **of, method=chosen["method"]).rows
    known = pairs.dropna(subset=["estimate"])
    if rows.empty or known.empty:
        return "No two of these benchmarks have a correlation.", HOW
    of_pairs, column, noun = MEANS[level]
    over = span(known["n_models"])
    mean, interval = rows.iloc[0], ""
    if chosen["method"] == "spearman":
        found = select("rpt_agreement_means", order="all", **of, pairs=of_pairs).rows
        interval = limits(found.iloc[0]) if len(found) else ""
    if level == "modality":
        text = "the neural and the behavioural average correlate"
        return f"Over {over} models {text} **{mean[column]:.2f}**{interval}.", HOW
    text = (
        f"Over {over} models the mean correlation of {len(known):,} pairs of {noun} "
        f"is **{mean[column]:.2f}**{interval}"
    )
    if level == "leaf":
        parts = [f"{mean[c]:.2f} for {what}" for what, c in KINDS.items() if pd.notna(mean[c])]
        text += f"; between datasets {', '.join(parts)}" if len(parts) > 1 else ""
    elif len(known) > 1:
        low, high = (known.loc[known["estimate"].agg(end)] for end in ("idxmin", "idxmax"))
        name = titles([*low[["benchmark_a", "benchmark_b"]], *high[["benchmark_a", "benchmark_b"]]])
        ends = (
            f"{row['estimate']:.2f} for “{name[row['benchmark_a']]}” with "
            f"“{name[row['benchmark_b']]}”"
            for row in (low, high)
        )
        text += f": from {' to '.join(ends)}"
        both = mean["neural_with_behaviour"]
        if level == "region" and pd.notna(both):
            text += f"; the neural average with the behavioural one {both:.2f}"
    why = "" if interval else "No interval is known for this mean. "
    return f"{text}.", HOW + why + _power(chosen)


def least_alike(pairs: pd.DataFrame, ids: list[str]) -> list[str]:
    """The pair of the lowest correlation, of those over as many models as half of the pairs have.

    In the order of ``ids``; without a correlation the first and the last of them.
    """
    known = pairs.dropna(subset=["estimate"])
    known = known[known["n_models"] >= known["n_models"].median()]
    if known.empty:
        return [ids[0], ids[-1]]
    return sorted(
        known.loc[known["estimate"].idxmin(), ["benchmark_a", "benchmark_b"]], key=ids.index
    )


def _take_clicked_cell(a: str, b: str) -> None:
    cells = st.session_state["correlation_heatmap"]["selection"]["pair"]
    if cells:
        st.session_state[a] = cells[0]["benchmark_y"]
        st.session_state[b] = cells[0]["benchmark_x"]


def show(
    found: Answer,
    drawn: list[str] | None = None,
    default: tuple[str, str] | None = None,
    *,
    axes: str = "raw",
    keys: tuple[str, str] = ("a", "b"),
) -> None:
    """Draw the matrix and, beside or below it, one pair model by model.

    Parameters
    ----------
    found : Answer
        Rows of ``fct_benchmark_correlations`` of one cohort, level and method; one pair at least.
    drawn : list of str, optional
        Benchmarks from top to bottom, where their order is not that of `order_benchmarks`.
    default : tuple of str, optional
        The pair to begin with; else the one that agrees least (`least_alike`).
    axes : str
        Of the scatter: ``raw`` or ``rank``.
    keys : tuple of str
        Of the choices of both benchmarks.
    """
    pairs = found.rows
    about = benchmarks({*pairs["benchmark_a"], *pairs["benchmark_b"]})
    names = about.set_index("benchmark_id")["title"].to_dict()
    about = about.assign(label=short_titles(about["title"]))
    ids = order_benchmarks(about)
    drawn = drawn if drawn and set(drawn) == set(ids) else ids
    with st.container(key="beside"):
        left, right = (
            (st.container(), st.container())
            if len(ids) > BESIDE
            else st.columns([13, 13 if len(ids) <= 6 else 9 if len(ids) <= NARROW else 6.4])
        )
    one, other = right.columns(2) if len(ids) <= 6 else (right, right)
    start, end = default if default and set(default) <= set(ids) else least_alike(pairs, ids)
    a = _choices.choose("Benchmark", ids, keys[0], default=start, names=names.get, place=one)
    others = [i for i in ids if i != a]
    b = _choices.choose("against", others, keys[1], default=end, names=names.get, place=other)
    with left:
        chart = draw(correlation_heatmap, pairs, about, drawn, chosen=(a, b))
        view(found, chart.on_click(partial(_take_clicked_cell, *keys), "pair"))
    first, second = sorted((a, b))
    row = pairs[(pairs["benchmark_a"] == first) & (pairs["benchmark_b"] == second)]
    with right:
        if row.empty:
            st.info("No model was scored on both of these benchmarks.")
        else:
            _pair(row.iloc[0], a, b, names, axes=axes, room=320 if len(ids) <= NARROW else 220)


def _pair(row: pd.Series, a: str, b: str, names: dict[str, str], **options: object) -> None:
    scores = select(
        "fct_scores_normalized",
        "model_id, source_model_key, variant_id, source_model_name, benchmark_id, score_directed",
        order="benchmark_id, source_model_key, variant_id",
        cohort_id=row["cohort_id"],
        level=row["level"],
        benchmark_id=[a, b],
    )
    known = scores.rows["model_id"].map(names_of("model_id"))
    shown = scores.rows.assign(source_model_name=known.fillna(scores.rows["source_model_name"]))
    view(
        scores,
        draw(pair_scatter, shown, a, b, names, **options).with_options(height=360),
        said=_in_words(row),
    )
    if pd.notna(row["estimate"]):
        with st.popover("More numbers", type="tertiary"):
            st.markdown(facts(row, "fct_benchmark_correlations", MORE).replace(" · ", "  \n"))


def _in_words(row: pd.Series) -> str:
    """Estimate, interval, number of models and corrected p-value of one pair."""
    if pd.isna(row["estimate"]):
        return "One of the two is the same for every model: there is no correlation."
    return (
        f"{str(row['method']).capitalize()} correlation **{row['estimate']:.2f}**{limits(row)}, "
        f"{row['n_models']} models of {row['n_families']} families; p "
        f"{p_text(row['p_bonferroni'])} after Bonferroni over {row['n_tests']:,} pairs."
    )
