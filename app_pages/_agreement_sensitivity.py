"""What does agreement depend on? Models, pairs, accuracy, snapshots, identities, dimensions."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app_pages._choices import METHODS, choose, choose_cohort, choose_known, named
from app_pages._origins import cite
from app_pages._shared import stop, titles
from app_pages._views import (
    Answer,
    ask,
    draw,
    finding,
    folded,
    grid,
    limits,
    names_of,
    select,
    show_figure,
    view,
)
from warehouse.figures import FIGURES, agreement
from warehouse.figures.agreement import PREDICTORS
from warehouse.figures.marks import ALPHA, reach

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
COMPARED = "last_month"
"""The comparison of two months that the finding on time speaks of."""


def _named(found: Answer) -> pd.DataFrame:
    """Rows for a chart, with the names of cohorts for people."""
    return found.rows.assign(cohort_id=found.rows["cohort_id"].map(names_of("cohort_id")))


def cohorts(method: str, _: pd.Series) -> None:
    """Which models and which benchmarks are looked at."""
    found = select("rpt_cohort_agreement", order="mean_estimate", method=method)
    rows = _named(found)
    low, high = rows.iloc[0], rows.iloc[-1]
    finding(
        f"The mean correlation runs from **{low['mean_estimate']:.2f}**{limits(low)} for "
        f"“{low['cohort_id']}” to **{high['mean_estimate']:.2f}**{limits(high)} for "
        f"“{high['cohort_id']}”, over {len(rows)} sets of models and benchmarks.",
        agreement.INTERVALS,
    )
    view(found, draw(agreement.agreement_dots, rows))


def left_out(_: str, __: pd.Series) -> None:
    """The worst and the incomplete models left out."""
    found = select("rpt_agreement_sensitivity", order="cohort_id, axis, threshold")
    axis = choose_known("Which models are left out", found.rows["axis"], AXES, "axis")
    drawn = _named(found)
    drawn = drawn[drawn["axis"] == axis]
    by_cohort = drawn.groupby("cohort_id")["mean_estimate"].agg(["first", "last"])
    change = by_cohort["last"] - by_cohort["first"]
    finding(
        f"From the loosest to the strictest threshold the mean correlation changes by "
        f"**{change.min():+.2f} to {change.max():+.2f}** in {len(change)} cohorts.",
        "Mean Spearman over all pairs of benchmarks, each on the models scored on both; no "
        "interval is computed. Models that are left out leave others that differ less, which "
        "alone changes a correlation: no cause is shown.",
    )
    view(found, draw(agreement.sensitivity_lines, drawn, AXES.get(axis, axis)))


def pairs(_: str, cohort: pd.Series) -> None:
    """Which pairs of benchmarks are looked at, and without each dataset."""
    found = select("rpt_agreement_means", order="position", cohort_id=cohort["cohort_id"])
    means = found.rows[~found.rows["title"].str.startswith("Difference")]
    if means.empty:
        return _nothing()
    low, high = (means.loc[means["estimate"].agg(end)] for end in ("idxmin", "idxmax"))
    finding(
        f"In this cohort the mean correlation is lowest for “{low['title'].lower()}”, "
        f"**{low['estimate']:.2f}**{limits(low)}, and highest for “{high['title'].lower()}”, "
        f"**{high['estimate']:.2f}**{limits(high)}.",
        "Mean Spearman, with 95 % limits over families of models and datasets of benchmarks, and "
        "the lowest and highest value when one dataset is left out.",
    )
    return view(
        found,
        columns="title, estimate, ci_low, ci_high, min_left_out, min_left_out_dataset, "
        "max_left_out, max_left_out_dataset",
    )


def accuracy(_: str, cohort: pd.Series) -> None:
    """ImageNet accuracy held fixed."""
    found = select("rpt_partial_agreement", order="n_models desc", cohort_id=cohort["cohort_id"])
    if found.is_empty:
        return _nothing("No source of top-1 has ten models of this cohort.")
    row = found.rows.iloc[0]
    finding(
        f"With ImageNet top-1 held fixed the mean correlation is **{row['mean_partial']:.2f}**"
        f"{limits(row)} over {row['n_models']} models; without, {row['mean_estimate']:.2f}.",
        "Top-1 is not one measurement: compare each mean with the plain one over the same models, "
        "and the rows with each other.",
    )
    return view(
        found,
        columns="top1_source, n_models, n_families, mean_estimate, mean_partial, ci_low, ci_high",
        names={"top1_source": agreement.TOP1_SOURCES},
    )


def reliability(_: str, cohort: pd.Series) -> None:
    """How much of the scores is error of measurement."""
    figure = FIGURES["benchmark_reliabilities"]
    found = ask(figure.sql, cohort_id=cohort["cohort_id"])
    known = found.rows["reliability"].dropna()
    if known.empty:
        return _nothing("No benchmark of this cohort has a published error of measurement.")
    finding(
        f"The reliability of {len(known)} of {len(found.rows)} benchmarks is known: "
        f"{reach(known)}, median **{known.median():.2f}**.",
        figure.description,
    )
    return show_figure(figure, found)


def shared(_: str, cohort: pd.Series) -> None:
    """What two benchmarks have in common."""
    figure = FIGURES["agreement_predictors"]
    found = ask(figure.sql, cohort_id=cohort["cohort_id"], pairs="all")
    is_known = found.rows["is_identified"].astype(bool)
    if not is_known.any():
        return _nothing()
    known, one = found.rows[is_known], found.rows[is_known].iloc[0]
    told = known.dropna(subset=["plain_ci_low"])
    n_apart = int(((told["plain_ci_low"] > 0) | (told["plain_ci_high"] < 0)).sum())
    n_small = int((known["p_value"] < ALPHA).sum())
    without = ", ".join(found.rows.loc[~is_known, "predictor"].map(PREDICTORS))
    finding(
        f"What two benchmarks share explains **{one['r_squared']:.0%}** of the differences "
        f"between {one['n_pairs']:,} correlations. Of {len(known)} things to share, "
        f"{n_small or 'none'} matters by permuting benchmarks (p < .05), and {n_apart or 'none'} "
        "by an interval over families and datasets that leaves out 0.",
        f"{figure.description} For the pairs of a dataset that was not used R² is "
        f"{one['r_squared_unseen']:.2f}, against the mean of the other pairs (below 0 the mean "
        "predicts better)."
        + (
            f" Left out, because here it is the same for all pairs or says what others say: "
            f"{without}."
            if without
            else ""
        ),
    )
    return show_figure(figure, found)


def snapshot(method: str, _: pd.Series) -> None:
    """The leaderboards of 2024 and 2025."""
    found = select("rpt_snapshot_changes", order="step", method=method)
    steps = found.rows.dropna(subset=["difference"])
    if steps.empty:
        return _nothing()
    first, last = found.rows.iloc[0], found.rows.iloc[-1]
    most = steps.loc[steps["difference"].abs().idxmax()]
    finding(
        f"From 2024 to 2025 the mean correlation went from {first['mean_estimate']:.2f} to "
        f"**{last['mean_estimate']:.2f}**; the step that changed most, "
        f"**{most['difference']:+.2f}**{limits(most)}: {most['change']}.",
        "The two leaderboards differ in models, benchmarks and scores; each step changes one of "
        "them. Intervals are over families and datasets: what both sides share is left out, or "
        "drawn, on both at once.",
    )
    return view(
        found,
        columns="step, change, n_models, n_benchmarks, mean_estimate, difference, ci_low, ci_high",
    )


def time(_: str, __: pd.Series) -> None:
    """Months of one leaderboard."""
    found = select("rpt_composite_stability", order="comparison, earlier_date")
    rows = found.rows[found.rows["comparison"] == COMPARED]
    if rows.empty:
        return _nothing()
    first = rows.iloc[0]
    finding(
        f"The order of {first['n_models']} models by Brain-Score's average in "
        f"{first['earlier_date']:%B %Y} correlates **{first['estimate']:.2f}** with that of the "
        f"same models in {first['later_date']:%B %Y}; one moved {first['largest_rank_shift']:.0f} "
        "places.",
        "Spearman of the orders in two months, over the models in both; no interval is computed. "
        "Past averages were recomputed later: their level is not that of the leaderboards.",
    )
    return view(found, agreement.stability_lines)


def identity(_: str, __: pd.Series) -> None:
    """Which published names are one model."""
    found = select("rpt_agreement_by_confidence", order="all")
    order = list(named(found.rows["confidence"], CONFIDENCES))
    rows = found.rows.set_index("confidence").loc[order].reset_index()
    finding(
        f"Across sources the mean correlation of {rows['n_pairs'].max():,} pairs is "
        f"**{reach(rows['mean_estimate'])}**, whichever names are taken for one model.",
        "Benchmarks of two sources share the models whose published names are taken for one "
        "model. Each row believes weaker links than the one before. No interval is computed.",
    )
    view(found.only(rows), columns="*", names={"confidence": CONFIDENCES})

    def every_pair() -> None:
        confidence = choose("Links believed down to", order, "confidence", names=CONFIDENCES.get)
        view(
            select("fct_cross_source_correlations", order="estimate desc", confidence=confidence),
            columns="benchmark_a, benchmark_b, estimate, ci_low, ci_high, n_models, p_value",
            said="Pairs that share ten models or more; p is not corrected for their number.",
            height=300,
        )

    folded("Every pair of benchmarks from two sources", "cross", every_pair)


def dimensions(_: str, cohort: pd.Series) -> None:
    """How many things the benchmarks measure together."""
    of = {"cohort_id": cohort["cohort_id"]}
    found = select("rpt_cohort_dimensions", order="component", **of)
    if found.is_empty:
        return _nothing("It takes a complete cohort: one in which every model has every score.")
    n, first = int(found.rows["is_above_chance"].sum()), found.rows.iloc[0]
    text = (
        f"**{n}** components explain more of {first['n_benchmarks']} benchmarks over "
        f"{first['n_models']} models than chance does; the first explains "
        f"{first['explained_share']:.0%}"
    )
    for _, axis in select("rpt_first_axes", order="all", level="leaf", **of).rows.iterrows():
        lowest = axis["lowest_benchmark_id"]
        text += (
            f", and {axis['n_negative'] or 'no'} benchmarks load on it negatively, lowest "
            f"{titles([lowest]).get(lowest, lowest)} ({axis['lowest_loading']:.2f})"
        )
        if pd.notna(axis["estimate"]):
            text += (
                f"; places on it correlate {axis['estimate']:.2f}{limits(axis)} with ImageNet "
                f"top-1, over the {axis['n_top1']} models with a known one"
            )
    finding(
        f"{text}.",
        "Principal components of the Spearman correlations. The dashed line is what 95 % of "
        "random matrices stay below (Horn's parallel analysis).",
    )
    view(found, agreement.scree)
    loadings = select("fct_benchmark_loadings", order="component, benchmark_id", **of)

    def shown() -> None:
        wide = loadings.rows.pivot(index="benchmark_id", columns="component", values="loading")
        wide = wide[[c for c in wide if c <= max(n, 1)]].rename(columns="Component {}".format)
        wide.index = pd.Index(wide.index.map(titles(wide.index)), name="Benchmark")
        numbers = dict.fromkeys(wide, st.column_config.NumberColumn(format="%.2f"))
        grid(wide.reset_index(), numbers, height=400)
        view(loadings)

    folded("Which benchmarks load on which component", "loadings", shown)
    return view(
        select("rpt_axis_comparisons", order="cohort_a, cohort_b"),
        columns="cohort_a, cohort_b, n_models, n_benchmarks, congruence, shuffled_congruence, "
        "shuffled_share, second_to_first, estimate, ci_low, ci_high",
        title="Is the first component the same in other years?",
        said="Congruence compares loadings (1: the same). Where all load alike it is high whatever "
        "the benchmarks: axes are shown to be alike only if few shuffled benchmarks reach it. The "
        "places of models on both are correlated by rank. Scores that did not change give 1 by "
        "themselves.",
    )


def _nothing(why: str = "This warehouse lacks what it takes.") -> None:
    st.info(why)


DEPENDS: dict[str, tuple[str, Callable[[str, pd.Series], None]]] = {
    "cohorts": ("Which models and benchmarks", cohorts),
    "left_out": ("Models left out", left_out),
    "pairs": ("Which pairs, and without each dataset", pairs),
    "accuracy": ("ImageNet accuracy held fixed", accuracy),
    "reliability": ("Reliability of the benchmarks", reliability),
    "shared": ("What two benchmarks share", shared),
    "snapshot": ("2024 or 2025", snapshot),
    "time": ("Month by month", time),
    "identity": ("Which names are one model", identity),
    "dimensions": ("Number of dimensions", dimensions),
}
"""What agreement may depend on: its name, and what shows it for a method and a cohort."""
OF_METHOD = ("cohorts", "snapshot")
OF_COHORT = ("pairs", "accuracy", "reliability", "shared", "dimensions")


def show() -> None:
    """One of the things that agreement may depend on."""
    if select("rpt_cohort_agreement", order="all", method="spearman").is_empty:
        st.info("No cohort has data yet: the sources it needs are absent.")
        stop()
    first, second = st.columns(2)
    names = {key: name for key, (name, _) in DEPENDS.items()}
    on = choose("Agreement, depending on", names, "depends", place=first)
    method, cohort = "spearman", pd.Series(dtype=object)
    if on in OF_METHOD:
        method = choose("Correlation", METHODS, "method", place=second)
    if on in OF_COHORT:
        cohort = choose_cohort(place=second)
        cite(cohort["source_id"])
    DEPENDS[on][1](method, cohort)
