"""What is missing? Missing scores, and what each way of treating them decides."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_cohort, choose_known, choose_some, named
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import benchmarks
from app_pages._views import Answer, ask, draw, grid, marked, metrics, select, show_figure, view
from warehouse.figures import FIGURES, missing
from warehouse.figures.missing import POLICIES

MODALITIES = {
    "neural": "Neural benchmarks",
    "behavioural": "Behavioural benchmarks",
    "engineering": "Engineering benchmarks",
}
STATES = {
    "scored": ("Scored", "A number was published."),
    "failed": ("Failed", "It was tried; no valid score came out."),
    "never_run": ("Never run", "Nobody tried, as far as the files tell."),
}


METHODS = {
    "completion": "Other scores, family, size and top-1",
    "family_mean": "Mean of the family",
    "benchmark_mean": "Mean of the benchmark",
}
HELD_OUT = {
    "family": "whole families",
    "model": "single models",
    "later": "nothing; scored in a later snapshot",
}
PREDICTED = {"cell": "single score", "average": "overall average", "plain_average": "plain mean"}


def what_is_learnt(ranks: pd.DataFrame, runs: Answer, checks: Answer) -> None:
    """How far predictions narrow the ranks, how good they are, and which run tells most."""
    incomplete = ranks[ranks["n_missing"] > 0].dropna(subset=["rank_ci_low"])
    if incomplete.empty:
        st.info("Too few models are complete here to say how wide an interval has to be.")
        return
    likely = (incomplete["rank_ci_high"] - incomplete["rank_ci_low"]).median()
    possible = (incomplete["worst_rank_everyone"] - incomplete["best_rank_everyone"]).median()
    known = checks.rows.set_index(["predicted", "held_out", "method"])
    ours, unseen = (known.loc["cell", held, "completion"] for held in ("model", "family"))
    mean = known.loc["cell", "model", "benchmark_mean"]
    saved = runs.rows.groupby("dataset")["rank_width_saved"].agg(["mean", "size"])
    most = saved["mean"].idxmax()
    st.markdown(
        "**With missing scores predicted, the 95 % interval of the typical incomplete model's "
        f"rank spans {likely + 1:.0f} of {len(ranks)} places; {possible + 1:.0f} are possible "
        "if the missing scores of all models vary. "
        f"A run on {most} would tell most: the {saved.loc[most, 'size']} models without it would "
        f"have intervals {saved.loc[most, 'mean']:.0f} places narrower on average.**"
    )
    since = ""
    if ("cell", "later", "completion") in known.index:
        came, plain = (known.loc["cell", "later", m] for m in ("completion", "benchmark_mean"))
        since = (
            f" Of {came['n_hidden']} missing scores ({came['n_models']} models) that a later "
            f"snapshot has, {came['coverage']:.0%} lie inside; the typical error is "
            f"{came['rmse']:.2f}, that of the benchmark's mean {plain['rmse']:.2f}."
        )
    st.caption(
        f"The typical error of a predicted score is {ours['rmse']:.2f} standard deviations where "
        f"others of the model's family are known, {unseen['rmse']:.2f} where none is; that of the "
        f"benchmark's mean {mean['rmse']:.2f}. Intervals are calibrated on families held "
        f"out whole and hold {ours['coverage']:.0%} and {unseen['coverage']:.0%} of hidden scores. "
        f"They suppose that models without a score are like those with one.{since}"
    )


def _verdict(row) -> str:
    """Say how the value stands to its threshold, and how surely."""
    if pd.isna(row.value):
        return "—"
    interval = "" if pd.isna(row.ci_low) else f" [{row.ci_low:.3g}, {row.ci_high:.3g}]"
    return f"{row.verdict} ({row.value:.3g}{interval})"


policies = select("fct_missing_policies", order="cohort_id, policy")
cohort = choose_cohort(among=policies.rows["cohort_id"].unique().tolist())
of = {"cohort_id": cohort["cohort_id"]}
keep_benchmarks, keep_models = _filters.choose_benchmarks(), _filters.choose_models()

st.subheader("Who was scored on what")
found = select(
    "rpt_cell_states",
    "benchmark_id, state, state_evidence, n_cells, share",
    order="benchmark_id, state",
    snapshot_id=cohort["snapshot_id"],
    is_aggregate=False,
)
about = benchmarks(found.rows["benchmark_id"])[["benchmark_id", "title", "modality"]]
rows = keep_benchmarks(found.rows.merge(about, on="benchmark_id", how="left"))
if not rows.empty:
    totals = rows.groupby("state")["n_cells"].sum()
    n_cells = totals.sum()
    metrics(
        {"Cells": (f"{n_cells:,}", "Models times single benchmarks.")}
        | {
            name: (f"{totals.get(state, 0):,} ({totals.get(state, 0) / n_cells:.0%})", help)
            for state, (name, help) in STATES.items()
        }
    )
    evidence = rows.groupby("state_evidence", dropna=False)["n_cells"].sum()
    if "new_only" in evidence:
        st.caption(
            f"The two published files disagree on {evidence['new_only']:,} cells: the older one "
            "calls failed what the newer one leaves empty. The newer one is followed."
        )
    modality = choose_known("Benchmarks", rows["modality"].dropna(), MODALITIES, "modality")
    chart = draw(missing.cell_states, rows[rows["modality"] == modality])
    view(found.only(rows), chart)

known = named(policies.rows["policy"], POLICIES)
wanted = choose_some(
    "Policies for missing cells (none chosen: all)",
    list(known),
    "policy",
    names=known.get,
    help=TERMS["missing"],
)
policies = policies.only(policies.rows[policies.rows["policy"].isin(wanted or known)])
place = policies.rows["policy"].map({policy: i for i, policy in enumerate(known)})
view(
    policies,
    missing.policy_dots,
    "cohort_id, policy, n_models, n_pairs, min_pair_models, share_filled, mean_spearman, "
    "mean_within_neural, mean_within_behaviour, mean_between_modalities, r2_neural, "
    "r2_behaviour, rank_spearman_complete_case, top_model_name",
    title="What each policy makes of the mean correlation",
    intro="To average or correlate, one has to put something in the place of a missing score, and "
    "no way of doing so is neutral.",
    said=f"*{POLICIES['attempted_only']}* is offered for 2025 alone: only its files tell the "
    "two apart. The worst and best values are those that any model has on the benchmark.",
    shown=policies.rows.assign(place=place).sort_values(["cohort_id", "place"]),
    names={"policy": POLICIES},
)

st.subheader("Which conclusions survive?")
found = select("rpt_conclusions", order="conclusion_id, policy", **of)
if found.is_empty:
    st.info("No conclusion can be checked on this cohort.")
else:
    about = found.rows.drop_duplicates("conclusion_id").set_index("conclusion_id")
    st.write(
        f"**{int(about['survives_all'].sum())} of {len(about)}** conclusions of Ahlert et al. "
        "(2024) hold under every policy for these benchmarks. A cell gives the verdict, number and "
        "95 % interval; it is *undecided* if the interval contains the threshold."
    )
    st.caption(
        "Measures and thresholds are ours: the paper states its conclusions in words. Intervals "
        "are over families of models, each policy applied anew without each of them, and say "
        "nothing of other datasets (“Do the benchmarks agree?” does); negative "
        "pairs are so after Bonferroni's correction. The top model is chosen by all datasets but "
        "one and ranked on that one, for each in turn: the rank is the mean, its interval is "
        "over datasets (and holds the truth in 89 of 100 simulated samples, not in 95)."
    )
    cells = found.rows.assign(cell=[_verdict(row) for row in found.rows.itertuples()])
    board = cells.pivot(index="conclusion_id", columns="policy", values="cell").fillna("—")
    shown = {p: n for p, n in named(board.columns, POLICIES).items() if p in wanted or not wanted}
    board = board[list(shown)].rename(columns=shown)
    about = about.reindex(board.index)
    measure = about["measure"].str.replace("_", " ")
    rule = measure + " " + about["comparison"] + " " + about["threshold"].map("{:g}".format)
    board.insert(0, "Conclusion", about["statement"])
    board.insert(1, "Rule", rule)
    board["Everywhere"] = about["survives_all"].map({True: "yes", False: "no"})
    wide = {"Conclusion": st.column_config.TextColumn(width=340)}
    grid(board.style.map(marked("fails", "no")), wide)
    view(found)

st.subheader("Which ranks are known at all?")
found = select("rpt_rank_bounds", order="zero_rank, source_model_key", **of)
rows = found.rows
if rows.empty:
    st.info("There are no rank bounds for this cohort.")
else:
    incomplete = rows[rows["n_missing"] > 0]
    width = incomplete["worst_rank"] - incomplete["best_rank"]
    everyone = rows["worst_rank_everyone"] - rows["best_rank_everyone"]
    typical = (
        f" The typical incomplete model could stand on any of {int(width.median()) + 1} places."
        if len(incomplete)
        else ""
    )
    st.write(
        "Let the missing scores of one model be anything between the worst and the best value of "
        "their benchmark, zero included, while those of the others count as zero: "
        f"**{(rows['best_rank'] == 1).sum()} of {len(rows)}** models could then be first.{typical}"
    )
    st.caption(
        f"If the scores of all models may vary at once, {(rows['best_rank_everyone'] == 1).sum()} "
        f"could be first and the typical model could stand on any of {int(everyone.median()) + 1} "
        "places, complete models too, because their rivals move."
    )
    view(
        found.only(keep_models(rows)),
        missing.rank_bounds,
        "source_model_name, n_scored, n_missing, best_rank, zero_rank, worst_rank, "
        "best_rank_everyone, worst_rank_everyone",
        height=300,
    )

figure = FIGURES["predicted_ranks"]
found = ask(figure.sql, **of)
if not found.is_empty:
    st.subheader(figure.title)
    st.caption(figure.description)
    runs = select(
        "rpt_next_measurements",
        order="rank_width_saved desc, source_model_key, variant_id, place",
        **of,
    )
    checks = select("rpt_prediction_checks", order="predicted, held_out, method", **of)
    show_figure(figure, found, lambda rows: what_is_learnt(rows, runs, checks))
    view(
        runs.only(keep_models(runs.rows)),
        columns="source_model_name, dataset, n_benchmarks, n_failed, score_rank, rank_width, "
        "rank_width_after, rank_width_saved, second_dataset, rank_width_after_both",
        title="What should be measured next?",
        intro="A run scores one dataset. The runs that narrow the rank of a model most come "
        "first; `aw next --model NAME` lists those of one model.",
        height=300,
    )
    view(
        checks,
        columns="predicted, held_out, method, rmse, coverage, mean_width, n_hidden, n_models",
        title="How good are the predictions?",
        intro="Known scores are hidden where other models lack theirs, and predicted. Errors and "
        "widths of single scores are in standard deviations of the benchmark, those of the overall "
        "average in its own unit.",
        names={"method": METHODS, "held_out": HELD_OUT, "predicted": PREDICTED},
    )

found = select("rpt_ahlert2024_fig7_missingness", order="n_scored desc, source_model_key", **of)
if not found.is_empty:
    st.subheader("How missing scores shape the average")
    groups = found.rows.drop_duplicates("coverage_group").sort_values("n_group", ascending=False)
    groups = groups[groups["coverage_group"] != "other"]
    listed = ", ".join(f"{row.n_group} have {row.coverage_group}" for row in groups.itertuples())
    st.write(
        "Most models share their number of non-zero scores with at least nine others: "
        f"{listed or 'no such group here'}. "
        "Where missing counts as zero, the group decides much of the average."
    )
    view(found.only(keep_models(found.rows)), missing.coverage_scatter)
cite(cohort["source_id"])
