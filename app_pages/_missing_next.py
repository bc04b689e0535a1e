"""What to measure next: the runs that would tell most of the ranks of models."""

import pandas as pd
import streamlit as st

from app_pages._choices import choose
from app_pages._export import menu
from app_pages._filters import Keep
from app_pages._views import ask, finding, names_of, select, show_figure, table, view
from warehouse.fields import dataset_name
from warehouse.figures import FIGURES

METHODS = {
    "completion": "Other scores, family, size and top-1",
    "family_mean": "Mean of the family",
    "benchmark_mean": "Mean of the benchmark",
}
HELD_OUT = {
    "family": "whole families",
    "model": "single models",
    "later": "none; scored later",
}
PREDICTED = {"cell": "single score", "average": "overall average", "plain_average": "plain mean"}
EVERY = "every"


def show(of: dict[str, str], keep_models: Keep) -> None:
    """Which run tells most, what it tells of each model, and how good the predictions are."""
    figure = FIGURES["next_runs"]
    runs, ranks = ask(figure.sql, **of), ask(FIGURES["predicted_ranks"].sql, **of)
    checks = select("rpt_prediction_checks", order="predicted, held_out, method", **of)
    if runs.is_empty or ranks.is_empty:
        st.info("No score of this cohort is predicted.")
        return
    say_what_tells_most(ranks.rows, runs.rows, checks.rows)
    show_figure(figure, runs)
    models = names_of("model_id")
    ids = sorted(set(runs.rows["model_id"]), key=models.get)
    offered = {EVERY: f"All {len(ids)} incomplete models"} | {i: models[i] for i in ids}
    model = choose("Runs for", offered, "model", default=EVERY)
    rows = keep_models(runs.rows)
    asked = ""
    if model != EVERY:
        rows = rows[rows["model_id"] == model].sort_values("place")
        asked = f"--model {model} "
    table(
        rows,
        runs.mart,
        "model_id, dataset, n_benchmarks, n_failed, rank_width, rank_width_after, "
        "second_dataset, rank_width_after_both",
        config={
            "model_id": st.column_config.LinkColumn("Model", display_text=r"#(.*)$", width=190)
        },
        height=300 if len(rows) > 8 else "auto",
    )
    command = f"aw next {asked}--cohort {of['cohort_id']}"
    menu(runs.only(rows), f"{of['cohort_id']}_next_measurements", command=command)
    figure = FIGURES["predicted_ranks"]
    st.header(figure.title)
    show_figure(figure, ranks)
    view(
        checks,
        columns="predicted, held_out, method, rmse, coverage, mean_width, n_hidden, n_models",
        title="How good are the predictions?",
        names={"method": METHODS, "held_out": HELD_OUT, "predicted": PREDICTED},
    )


def say_what_tells_most(ranks: pd.DataFrame, runs: pd.DataFrame, checks: pd.DataFrame) -> None:
    """Say which run tells most, how far ranks are known, and how good the predictions are."""
    incomplete = ranks[ranks["n_missing"] > 0].dropna(subset=["rank_ci_low"])
    if incomplete.empty:
        st.info("Too few models are complete here to say how wide an interval has to be.")
        return
    by_dataset = runs.groupby("dataset")
    most = by_dataset["rank_width_saved"].mean().idxmax()
    those = by_dataset.get_group(most)
    mean = those[["rank_width", "rank_width_after", "rank_width_saved"]].mean()
    low, high = those["rank_width_saved"].quantile([0.25, 0.75])
    known = checks.set_index(["predicted", "held_out", "method"])
    ours, unseen = (known.loc["cell", held, "completion"] for held in ("model", "family"))
    plain = known.loc["cell", "model", "benchmark_mean"]
    since = ""
    if ("cell", "later", "completion") in known.index:
        came = known.loc["cell", "later", "completion"]
        since = (
            f" Of {came['n_hidden']} missing scores of {came['n_models']} models that a later "
            f"snapshot has, {came['coverage']:.0%} lie inside."
        )
    finding(
        f"**A run on {dataset_name(most)} would tell most**: it is expected to narrow what "
        f"missing scores leave open of a model's rank (95 %) by {mean['rank_width_saved']:.0f} "
        f"places ({low:.0f} to {high:.0f} for the middle half), from {mean['rank_width']:.0f} to "
        f"{mean['rank_width_after']:.0f} of {len(ranks)}: means over the {len(those)} models "
        "without it.",
        "Missing scores are predicted from the model's other scores, its family, its size and its "
        f"ImageNet top-1. The typical error is {ours['rmse']:.2f} standard deviations where others "
        f"of the family are known, {unseen['rmse']:.2f} where none is, {plain['rmse']:.2f} for the "
        "benchmark's mean. Intervals are calibrated on families held out whole and hold "
        f"{ours['coverage']:.0%} and {unseen['coverage']:.0%} of hidden scores; they suppose that "
        f"models without a score are like those with one. Intervals of ranks hold what "
        f"missing scores leave open on the benchmarks of this cohort. A rank without a missing "
        f"score is not sure on other datasets: *Ranking* has that interval.{since}",
    )
