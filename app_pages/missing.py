"""What is missing? The holes of a leaderboard, and what each way of filling them decides."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _filters, _shared
from app_pages._glossary import TERMS
from warehouse.figures import marks, missing, theme

POLICIES = """\
select *
from marts.fct_missing_policies
order by cohort_id, policy"""

STATES = """\
select benchmark_id, state, state_evidence, n_cells, share
from marts.rpt_cell_states
where snapshot_id = $snapshot_id and not is_aggregate
order by benchmark_id, state"""

BENCHMARKS = """\
select benchmark_id, title, modality
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""

CONCLUSIONS = """\
select
    conclusion_id, statement, artefact, measure, policy, value, ci_low, ci_high, method,
    comparison, threshold, verdict, does_hold, survives_all, top_model_name
from marts.rpt_conclusions
where cohort_id = $cohort_id
order by conclusion_id, policy"""

BOUNDS = """\
select *
from marts.rpt_rank_bounds
where cohort_id = $cohort_id
order by zero_rank, source_model_key"""

COVERAGE = """\
select *
from marts.rpt_ahlert2024_fig7_missingness
where cohort_id = $cohort_id
order by n_scored desc, source_model_key"""

MODALITIES = {
    "neural": "Neural metrics",
    "behavioural": "Behavioural metrics",
    "engineering": "Engineering metrics",
}


def states(snapshot_id: str, keep_benchmarks: _filters.Keep) -> None:
    """Which cells of the table are filled, and why the others are not."""
    st.subheader("Who was scored on what")
    found = _shared.query(STATES, snapshot_id=snapshot_id)
    benchmarks = _shared.query(BENCHMARKS, ids=sorted(found["benchmark_id"].unique()))
    found = keep_benchmarks(found.merge(benchmarks, on="benchmark_id", how="left"))
    if found.empty:
        return
    totals = found.groupby("state")["n_cells"].sum()
    n_cells = totals.sum()
    _shared.metrics(
        {"Cells": (f"{n_cells:,}", "Models times single metrics.")}
        | {
            name: (f"{totals.get(state, 0):,} ({totals.get(state, 0) / n_cells:.0%})", help)
            for state, name, help in (
                ("scored", "Scored", "A number was published."),
                ("failed", "Failed", "It was tried; no valid score came out."),
                ("never_run", "Never run", "Nobody tried, as far as the files tell."),
            )
        }
    )
    evidence = found.groupby("state_evidence", dropna=False)["n_cells"].sum()
    if "new_only" in evidence:
        st.caption(
            f"The two published files disagree on {evidence['new_only']:,} cells: the older one "
            "calls failed what the newer one leaves empty. The newer one is followed."
        )
    modalities = marks.known_first(found["modality"].dropna(), MODALITIES)
    modality = _shared.choose("Metrics", modalities, "modality", names=_modality_name)
    drawn = found[found["modality"] == modality]
    chart = _shared.draw(missing.cell_states, drawn)
    _shared.scrolling_chart(chart, "states")
    _shared.downloads(found, f"{snapshot_id}_states", chart)
    _shared.show_sql(STATES, snapshot_id=snapshot_id)


def _modality_name(modality: str) -> str:
    return MODALITIES.get(modality, modality)


_POLICY_COLUMNS = {
    "cohort_id": "Models of",
    "name": st.column_config.TextColumn("Policy", width=220),
    "n_models": "Models",
    "n_pairs": "Pairs",
    "min_pair_models": st.column_config.NumberColumn(
        "Fewest models", help="Models under the pair that has the fewest."
    ),
    "share_filled": st.column_config.NumberColumn(
        "Filled", format="percent", help="Cells that the policy made up."
    ),
    "mean_spearman": st.column_config.NumberColumn(
        "Mean correlation", format="%.3f", help="Spearman, over all pairs of single metrics."
    ),
    "mean_within_neural": st.column_config.NumberColumn("Two neural", format="%.3f"),
    "mean_within_behaviour": st.column_config.NumberColumn("Two behavioural", format="%.3f"),
    "mean_between_modalities": st.column_config.NumberColumn("One of each", format="%.3f"),
    "r2_neural": st.column_config.NumberColumn(
        "r² neural", format="%.2f", help="Squared correlation of the neural part with the whole."
    ),
    "r2_behaviour": st.column_config.NumberColumn("r² behaviour", format="%.2f"),
    "rank_spearman_complete_case": st.column_config.NumberColumn(
        "Same order", format="%.2f", help="Spearman of the ranking with that of complete models."
    ),
    "top_model_name": "First model",
}


def choose_policies(found: pd.DataFrame) -> list[str]:
    """Policies to show; all of them where the reader names none."""
    known = marks.known_first(found["policy"], missing.POLICIES)
    return _shared.choose_some(
        "Policies for missing cells (none chosen: all)",
        known,
        "policy",
        names=_policy_name,
        help=TERMS["missing"],
    )


def policies(found: pd.DataFrame) -> None:
    """The ways of dealing with a hole, side by side."""
    st.subheader("The same table under each policy")
    st.write(
        "To average or correlate, one has to decide what a hole means. "
        "No policy is neutral: this is what each of them gives."
    )
    chart = _shared.draw(missing.policy_dots, found)
    _shared.scrolling_chart(chart, "policies")
    order = marks.known_first(found["policy"], missing.POLICIES)
    shown = found.assign(name=found["policy"].map(_policy_name))
    shown = shown.sort_values(["cohort_id", "policy"], key=lambda c: c.map(_place(order)))
    st.dataframe(shown[list(_POLICY_COLUMNS)], column_config=_POLICY_COLUMNS, hide_index=True)
    st.caption(
        "Failed as zero and never run ignored is offered for 2025 alone: only its files tell the "
        "two apart. The worst and best values are those that any model has on the metric."
    )
    _shared.downloads(found, "missing_policies", chart)
    _shared.show_sql(POLICIES)


def _place(order: list[str]):
    """Sort key: the place in the order; other values by themselves."""
    return lambda value: f"{order.index(value):02}" if value in order else value


def _policy_name(policy: str) -> str:
    return missing.POLICIES.get(policy, policy)


def conclusions(cohort_id: str, wanted: list[str]) -> None:
    """Whether each conclusion of the paper stands under each policy."""
    found = _shared.query(CONCLUSIONS, cohort_id=cohort_id)
    st.subheader("Which conclusions survive?")
    if found.empty:
        st.info("No conclusion can be checked on this cohort.")
        return
    names = found.drop_duplicates("conclusion_id").set_index("conclusion_id")
    n_survive = int(names["survives_all"].sum())
    st.write(
        f"**{n_survive} of {len(names)}** conclusions of Ahlert et al. hold under every policy "
        "on these models. Each cell gives the verdict, the number it stands on and its 95 % "
        "interval: a conclusion holds or fails where the whole interval does, and is *undecided* "
        "where the interval spans the threshold."
    )
    st.caption(
        "The measures and the numeric thresholds are ours: the paper states its conclusions in "
        "words. Intervals are bootstrapped over models, each policy applied anew in every "
        "resample; pairs count as negative where they are so after Bonferroni's correction; under "
        "“any value” the limits are the best and the worst rank that missing scores leave possible."
    )
    cells = found.assign(cell=[_verdict(row) for row in found.itertuples()])
    board = cells.pivot(index="conclusion_id", columns="policy", values="cell").fillna("—")
    order = marks.known_first(board.columns, missing.POLICIES)
    order = [p for p in order if p in wanted or not wanted]
    board = board[order].rename(columns=_policy_name)
    rule = names["measure"] + " " + names["comparison"] + " " + names["threshold"].astype(str)
    board.insert(0, "Conclusion", names["statement"].reindex(board.index))
    board.insert(1, "Rule", rule.reindex(board.index))
    board["Everywhere"] = names["survives_all"].map({True: "yes", False: "no"}).reindex(board.index)
    styled = board.style.map(_emphasis)
    st.dataframe(
        styled,
        column_config={"Conclusion": st.column_config.TextColumn(width=340)},
        hide_index=True,
    )
    _shared.downloads(found, f"{cohort_id}_conclusions")
    _shared.show_sql(CONCLUSIONS, cohort_id=cohort_id)


def _verdict(row) -> str:
    """Say how the value stands to its threshold, and how surely."""
    if pd.isna(row.value):
        return "—"
    interval = "" if pd.isna(row.ci_low) else f" [{row.ci_low:.3g}, {row.ci_high:.3g}]"
    return f"{row.verdict} ({row.value:.3g}{interval})"


def _emphasis(cell: str) -> str:
    if str(cell).startswith("fails") or cell == "no":
        return f"color: {theme.VERMILION}; font-weight: bold"
    return "font-style: italic" if str(cell).startswith("undecided") else ""


_BOUND_COLUMNS = {
    "source_model_name": st.column_config.TextColumn("Model", width=220),
    "n_scored": "Scored",
    "n_missing": "Missing",
    "best_rank": st.column_config.NumberColumn("Best", help="Rank if its holes turn out well."),
    "zero_rank": st.column_config.NumberColumn("As zero", help="Rank, missing counts as zero."),
    "worst_rank": st.column_config.NumberColumn("Worst", help="Rank if its holes turn out badly."),
    "best_rank_everyone": st.column_config.NumberColumn(
        "Best, everyone", help="Best rank if the holes of all models may turn out either way."
    ),
    "worst_rank_everyone": st.column_config.NumberColumn(
        "Worst, everyone", help="Worst rank if those of all models may."
    ),
}


def bounds(cohort_id: str, keep_models: _filters.Keep) -> None:
    """What is known of each model's rank, whatever its missing scores would be."""
    found = _shared.query(BOUNDS, cohort_id=cohort_id)
    st.subheader("Which ranks are known at all?")
    if found.empty:
        st.info("There are no rank bounds for this cohort.")
        return
    holed = found[found["n_missing"] > 0]
    width = holed["worst_rank"] - holed["best_rank"]
    everyone = found["worst_rank_everyone"] - found["best_rank_everyone"]
    n_first, n_first_everyone = (
        int((found[column] == 1).sum()) for column in ("best_rank", "best_rank_everyone")
    )
    typical = (
        f" The typical model with holes could stand on any of {int(width.median()) + 1} places."
        if len(holed)
        else ""
    )
    st.write(
        f"Let the missing scores of one model be anything between the worst and the best value of "
        f"their metric, zero included, while those of the others count as zero: **{n_first} of "
        f"{len(found)}** models could then be first.{typical}"
    )
    st.caption(
        f"If the scores of all models may vary at once, {n_first_everyone} could be first and the "
        f"typical model could stand on any of {int(everyone.median()) + 1} places, complete models "
        "too, because their rivals move."
    )
    found = keep_models(found)
    if found.empty:
        return
    chart = _shared.draw(missing.rank_bounds, found)
    _shared.scrolling_chart(chart, "bounds")
    st.dataframe(
        found[list(_BOUND_COLUMNS)], column_config=_BOUND_COLUMNS, hide_index=True, height=300
    )
    _shared.downloads(found, f"{cohort_id}_rank_bounds", chart)
    _shared.show_sql(BOUNDS, cohort_id=cohort_id)


def coverage(cohort_id: str, keep_models: _filters.Keep) -> None:
    """Models by the number of their scores, as in Figure 7 of the paper."""
    found = _shared.query(COVERAGE, cohort_id=cohort_id)
    if found.empty:
        return
    st.subheader("How missing scores shape the average")
    groups = found.drop_duplicates("coverage_group").sort_values("n_group", ascending=False)
    listed = ", ".join(
        f"{row.n_group} with {row.coverage_group}"
        for row in groups.itertuples()
        if row.coverage_group != "other"
    )
    st.write(
        "Most models share their number of non-zero scores with at least nine others: "
        f"{listed or 'no such group here'}. "
        "Where missing counts as zero, the group decides much of the average."
    )
    found = keep_models(found)
    if found.empty:
        return
    chart = _shared.draw(missing.coverage_scatter, found)
    _shared.scrolling_chart(chart, "coverage")
    _shared.downloads(found, f"{cohort_id}_coverage", chart)
    _shared.show_sql(COVERAGE, cohort_id=cohort_id)


def main() -> None:
    """Draw the page."""
    st.title("What is missing?")
    st.write(
        "No model was run on every metric. Here is which scores are missing, and which results "
        "depend on what one takes a missing score to be."
    )
    found = _shared.query(POLICIES)
    cohort = _shared.choose_cohort(among=found["cohort_id"].unique().tolist())
    keep_benchmarks, keep_models = _filters.choose_benchmarks(), _filters.choose_models()
    states(cohort["snapshot_id"], keep_benchmarks)
    wanted = choose_policies(found)
    policies(found[found["policy"].isin(wanted)] if wanted else found)
    conclusions(cohort["cohort_id"], wanted)
    bounds(cohort["cohort_id"], keep_models)
    coverage(cohort["cohort_id"], keep_models)
    _shared.cite(cohort["source_id"])


main()
