"""Missing scores, what each way of treating them decides, and what to measure next."""

import pandas as pd
import streamlit as st

from app_pages import _filters, _missing_next
from app_pages._choices import choose_cohort, tabs
from app_pages._origins import cite
from app_pages._shared import benchmarks
from app_pages._views import ask, finding, select, show_figure, view
from warehouse.figures import FIGURES, missing

HOW = """\
*Failed*: it was tried, and no valid score came out. *Never run*: nobody tried, as far as the files
tell. Counted are all models and single benchmarks of the snapshot, also those that the cohort
leaves out.

Measures and thresholds of the conclusions are ours: the paper states them in words. One holds if
its 95 % interval, over families of models, lies on the right side of the threshold, each policy
applied anew without each family; negative pairs after Bonferroni's correction. The top model is
chosen by all datasets but one and ranked on that one."""


def show_missing() -> None:
    """Which scores are missing, and what the ways of treating them decide."""
    cohort, of = choose()
    keep_benchmarks, keep_models = _filters.choose_benchmarks(), _filters.choose_models()
    found = select(
        "rpt_cell_states",
        "benchmark_id, state, state_evidence, n_cells, share",
        order="benchmark_id, state",
        snapshot_id=cohort["snapshot_id"],
        is_aggregate=False,
    )
    about = benchmarks(found.rows["benchmark_id"])
    about = about[["benchmark_id", "title", "modality", "dataset"]]
    rows = keep_benchmarks(found.rows.merge(about, on="benchmark_id", how="left"))
    figure = FIGURES["missing_conclusions"]
    checked = ask(figure.sql, **of)
    if not rows.empty:
        cells = rows.groupby("benchmark_id")["n_cells"].sum()
        states = rows.groupby("state")["n_cells"].sum() / cells.sum()
        verdicts = checked.rows.groupby("conclusion_id")["verdict"].agg(set)
        fail = sum("fails" in found for found in verdicts)
        hold = sum(found == {"holds"} for found in verdicts)
        also = (
            f" Of {len(verdicts)} conclusions of Ahlert et al. (2024) **{hold} hold under every "
            f"way of treating them**; under at least one way {fail} fail{'s' * (fail == 1)} and "
            f"{len(verdicts) - hold - fail} others stay undecided."
            if len(verdicts)
            else ""
        )
        evidence = rows.groupby("state_evidence", dropna=False)["n_cells"].sum()
        disagree = (
            f"\n\nThe two published files disagree on {evidence['new_only']:,} cells: the older "
            "calls failed what the newer leaves empty. The newer is followed."
            if "new_only" in evidence
            else ""
        )
        finding(
            f"Of the {cells.sum():,} scores of {cells.max():,} models on {len(cells)} benchmarks "
            f"**{1 - states.get('scored', 0):.0%} are missing**: {states.get('never_run', 0):.0%} "
            f"were never run, {states.get('failed', 0):.0%} failed.{also}",
            HOW + disagree,
        )
        view(found.only(rows), missing.cell_states)
    if not checked.is_empty:
        st.header(figure.title)
        policies = select("fct_missing_policies", order="policy", **of).rows
        mean = policies["mean_spearman"]
        st.write(
            f"The mean correlation between benchmarks is {mean.min():.2f} to {mean.max():.2f}, "
            "depending on how missing scores are treated."
        )
        show_figure(figure, checked)
    show_bounds(of, keep_models)
    cite(cohort["source_id"])


def show_bounds(of: dict[str, str], keep_models: _filters.Keep) -> None:
    """Which ranks are known, whatever the missing scores are."""
    found = select("rpt_rank_bounds", order="zero_rank, source_model_key", **of)
    rows = found.rows
    if rows.empty:
        st.info("There are no rank bounds for this cohort.")
        return
    incomplete = rows[rows["n_missing"] > 0]
    width = (incomplete["worst_rank"] - incomplete["best_rank"]).median()
    first, together = (int((rows[c] == 1).sum()) for c in ("best_rank", "best_rank_everyone"))
    at_once = f"; {together} could if all vary at once" * (together != first)
    typical = (
        f", the typical incomplete one on any of {width + 1:.0f} places" if len(incomplete) else ""
    )
    view(
        found.only(keep_models(rows)),
        missing.rank_bounds,
        title="Which ranks are known at all?",
        intro=f"**{first} of {len(rows)} models could be first**{typical}, were its missing scores "
        f"the worst or best of any model and those of others zero{at_once}.",
    )


def show_next() -> None:
    """What to measure next."""
    cohort, of = choose()
    _missing_next.show(of, _filters.choose_models())
    cite(cohort["source_id"])


def choose() -> tuple[pd.Series, dict[str, str]]:
    """Cohort whose missing scores are shown, and its id as a condition.

    Each tab chooses in itself: on a narrow screen its finding can then stand above the choice.
    """
    offered = select("fct_missing_policies", "distinct cohort_id", order="all").rows["cohort_id"]
    cohort = choose_cohort(among=offered.tolist())
    return cohort, {"cohort_id": cohort["cohort_id"]}


tabs({"Missing scores": show_missing, "What to measure next": show_next})
