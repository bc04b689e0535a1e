"""Figures and printed numbers of a paper, beside what public data give."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, METHODS, choose, named
from app_pages._shared import query, stop_absent
from app_pages._views import ask, finding, folded, select, show_figure, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import ALPHA, span
from warehouse.figures.record import Figure
from warehouse.figures.relations import ATTENTION

ABOUT = {
    "ahlert2024": "The paper's own export of Brain-Score is not public: cohorts of public files "
    "stand in for it.",
    "sucholutsky2023": "The accuracies of the paper's 491 models are public; their alignment with "
    "people and their few-shot accuracies are not. Our own models, or public alignments, stand in.",
}
PRINTED_IN = {
    "ahlert2024": "Ahlert et al. (2024)",
    "geirhos2021": "Geirhos et al. (2021)",
    "sucholutsky2023": "Sucholutsky & Griffiths (2023)",
}
STATUSES = {
    "exact": "Within its tolerance",
    "close": "Close",
    "sign": "Same sign or order",
    "contradicted": "Contradicted",
    "unreachable": "Needs what is not public",
}
HOW = """\
A number that differs and depends on an input that is not public is never called contradicted.
Thresholds and definitions that we took over are
not counted: every number here could have come out otherwise. A reading chosen after seeing the
result is weak evidence. The build fails when a status changes."""
OPTIONS = {
    "level": ("Level", LEVELS),
    "method": ("Method", METHODS),
    "stimulus_set_id": ("Images", {"objects92": "92 objects"}),
}


@dataclass(frozen=True)
class Picked:
    """A figure, and what it is of."""

    figure: Figure
    about: pd.Series
    """The row of its dimension."""
    values: dict[str, str]


def pick(paper: str) -> Picked | None:
    """Let the reader pick a figure, and of what, in one row; None where no data are here."""
    names = {n: one.title for n, one in FIGURES.items() if n.startswith(paper)}
    row = st.container(horizontal=True)
    figure = FIGURES[choose("Figure", names, f"figure_{paper}", place=row)]
    scope = figure.scope
    known = query(scope.known).iloc[:, 0].tolist()
    ids = [i for i in _held(scope.key, figure.mart) if i in known]
    about = {i: query(scope.sql, id=i).iloc[0] for i in ids}
    if not about:
        return None
    of = choose(
        "Models of",
        {i: one["title"] for i, one in about.items()},
        f"{figure.name}_{scope.noun}",
        default=figure.default or scope.default,
        place=row,
    )
    values = {scope.key: of, **figure.options}
    for option, default in figure.options.items():
        label, words = OPTIONS[option]
        offered = named(_held(option, figure.mart), words)
        key = f"{figure.name}_{option}"
        values[option] = choose(label, offered, key, default=default, place=row)
    return Picked(figure, about[of], values)


def _held(column: str, mart: str) -> pd.Series:
    """Values of a column that a mart holds."""
    return select(mart, f"distinct {column}", order="all").rows[column]


def show(paper: str, *others: str) -> None:
    """Show how many printed numbers come out, one figure at a time, and every number.

    ``others`` are papers whose printed numbers can be looked up here too.
    """
    picked = pick(paper)
    numbers = select(
        "rpt_paper_targets",
        "paper, artefact, quantity, kind, printed, ours, tolerance, status, is_post_hoc, "
        "expected_status, reason, reading, query",
        order="paper, target_id",
    )
    how = [HOW, ABOUT[paper]]
    if picked:
        meaning = picked.about.get("description", "")
        how += [picked.figure.description, f"**{picked.about['title']}.** {meaning}"]
    if not numbers.is_empty:
        of_paper = numbers.rows["paper"] == paper
        finding(in_one_sentence(numbers.rows[of_paper]), "\n\n".join(how))
    if picked is None:
        stop_absent(None, "The figures")
    answer = ask(picked.figure.sql, **picked.values)
    if answer.is_empty:
        st.info("There are no rows for this choice; take another.")
    else:
        show_figure(picked.figure, answer, explained(picked.figure.name))
    if numbers.is_empty:
        st.info("This warehouse checks no printed number. Build it again: `make warehouse`.")
        return
    st.header("Every printed number")
    left, right = st.columns(2)
    offered = {p: PRINTED_IN[p] for p in (paper, *others)}
    source = choose("Printed in", offered, f"printed_{paper}", place=left)
    found = numbers.rows[numbers.rows["paper"] == source]
    statuses = {"any": "Any"} | named(found["status"], STATUSES)
    status = choose("Status", statuses, "status", place=right)
    view(
        numbers.only(found),
        columns="artefact, quantity, printed, ours, tolerance, status, reason",
        shown=found if status == "any" else found[found["status"] == status],
        names={"status": STATUSES},
        config={"quantity": st.column_config.TextColumn("What", width=300)},
        height=420,
    )


def in_one_sentence(numbers: pd.DataFrame) -> str:
    """How many of a paper's printed numbers come out, and why the others do not.

    Rows of ``rpt_paper_targets``.
    """
    n = numbers["status"].value_counts().reindex(list(STATUSES), fill_value=0)
    is_chosen = numbers["is_post_hoc"].fillna(False).astype(bool)
    n_chosen = (is_chosen & (numbers["status"] == "exact")).sum()
    chosen = f"{n_chosen} more by a reading chosen after seeing the result, " * bool(n_chosen)
    return (
        f"**{n['exact'] - n_chosen} of {len(numbers)} printed numbers are reproduced within their "
        f"tolerance**, {chosen}{n['close'] + n['sign']} roughly; {n['contradicted'] or 'none'} "
        f"{'are' if n['contradicted'] > 1 else 'is'} contradicted, and {n['unreachable']} need an "
        "input that is not public."
    )


def explained(name: str) -> Callable[[pd.DataFrame], None]:
    """What is said below a figure."""
    is_ours = name.startswith(("sucholutsky2023_fig3", "sucholutsky2023_fig4"))
    return _few_shot if is_ours else _EXPLAINED.get(name, lambda rows: None)


def _table_1(rows: pd.DataFrame) -> None:
    for group, name in (("high", "High 5"), ("low", "Low 5")):
        arm = rows[rows["model_group"] == group]
        st.markdown(
            f"**{name}** lie above Mid 5 in {(arm['above_mid'] > 0).sum()} of {len(arm)} cells: "
            f"in {(arm['p_above_mid'] < ALPHA).sum()} by more than random fives would (p < .05), "
            f"in {(arm['p_residual_above_mid'] < ALPHA).sum()} with ImageNet top-1 held fixed."
        )
    st.caption(
        "Crosses are printed, dots recomputed, grey ticks the mean of all models. Intervals over "
        "five models are too narrow. p: groups dealt out at random, 20,000 times, uncorrected."
    )


def _table_2(rows: pd.DataFrame) -> None:
    printed = rows[rows["is_printed"]]
    st.markdown(
        f"{int(printed['is_consistent'].sum())} of the {len(printed)} printed p-values are what "
        f"the printed correlation implies for {span(printed['n_models'])} models, with or "
        "without the degree of freedom of the covariate: the digits cannot tell whether the "
        "correlations are partial."
    )


def _readings(_: pd.DataFrame) -> None:
    """What each plausible reading of the figure's two printed correlations gives."""

    def every() -> None:
        found = select(
            "rpt_ahlert2024_fig3_readings",
            "cohort_id, level, missing_scores, missing_ranks, ties, direction, reference, "
            "n_models, n_parts, mean_rank_spearman, z_mean_spearman",
            order="mean_rank_distance, z_mean_distance",
        )
        said = (
            "The paper prints .47 (mean rank) and .92 (z-mean) without saying how missing scores "
            f"and ties were treated. Among {len(found.rows)} readings a near hit is no evidence."
        )
        view(found, columns="*", intro=said, height=300)

    folded("Readings of “mean rank”", "readings", every)


def _few_shot(rows: pd.DataFrame) -> None:
    st.caption(
        f"Our own pretrained models: {span(rows['n_models'])}. The 95 % intervals take them for "
        "unrelated, so they are too narrow. A positive correlation with z² does not show a U."
    )


def _attention(rows: pd.DataFrame) -> None:
    """How few models the attention row has, and what it gives over other models."""
    joined = rows[rows["joined_at"].notna() & rows["estimate"].notna()]
    if joined.empty:
        return
    st.caption(
        f"Attention maps: {span(joined['n_models'])} models of a newer run (2025/26), not those of "
        "the paper; too few to show anything, and left out of the mean."
    )

    def every() -> None:
        found = select(
            "fct_cross_source_correlations",
            order="n_models desc, benchmark_a, benchmark_b, confidence",
            confidence=["exact_weights", "same_recipe"],
        )
        is_of = found.rows[["benchmark_a", "benchmark_b"]].eq(ATTENTION).any(axis=1)
        view(
            found.only(found.rows[is_of]),
            columns="benchmark_a, benchmark_b, confidence, n_models, n_families, estimate, "
            "ci_low, ci_high, p_value",
            height=300,
        )

    folded("Attention maps and benchmarks of other sources", "attention", every)


_EXPLAINED = {
    "ahlert2024_fig1_correlations": _attention,
    "ahlert2024_fig3_rankings": _readings,
    "sucholutsky2023_table1": _table_1,
    "sucholutsky2023_table2": _table_2,
}
