"""The leaderboard: ranks and beside them areas, how sure they are, or the models."""

from functools import partial
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages import _choices
from app_pages._views import number, select, table
from warehouse.figures.fields import field
from warehouse.figures.marks import REGIONS, known_first
from warehouse.figures.ranking import SCHEMES

ENTRY = ["source_model_key", "variant_id"]
BESIDE = {"areas": "Areas", "certainty": "How sure", "model": "About the models"}
"""What stands beside the rank."""

INTERVAL = ["rank_ci_low", "rank_ci_high"]
CERTAINTY = ["coverage", "probability_above_next", "n_above_holm", "n_below_holm"]
MODEL = ["architecture_class", "family", "n_parameters", "training_data"]
BEHAVIOUR = "behavior_vision"

MIN_MODELS = 10
"""That an area must have: among fewer one rival decides a percentile."""

AREA = """\
Percentile: the share of the cohort's other models that it beats on the mean of the area's
benchmarks ({n}). Empty where it lacks more than a tenth of them, or fewer than {least} models have
the area."""


def show_board(
    of: dict[str, str], rows: pd.DataFrame, scheme: str, wanted: str, *, is_all: bool
) -> pd.DataFrame:
    """The leaderboard by one scheme; names lead to the page of the model. Gives what it shows."""
    shown = rows if is_all or scheme == "kemeny" else rows[rows["is_first_copy"]]
    shown = shown[shown["source_model_name"].str.contains(wanted, case=False, regex=False)]
    copies = shown["n_copies"] - 1
    marks = (shown["n_doubted"] > 0).map({True: " †", False: ""})
    if not is_all:
        marks += copies.map(lambda n: f" (+{n})" if n else "")
    address = shown["model_id"].map(partial(_choices.permalink, "model"))
    board = shown.assign(model=address + "#" + (shown["source_model_name"] + marks).map(quote))
    title = SCHEMES.get(scheme, scheme)
    config = {
        "score_rank": number(
            "Rank", form="~g", help="1 = best. A tie shares the mean of its places."
        ),
        "model": st.column_config.LinkColumn(
            "Model", display_text=r"#(.*)$", width=260, help="As published. † a doubted score."
        ),
        "score": number("Score", help=f"{title}, in its own unit; higher is better."),
    }
    areas, by_area = _areas(of["cohort_id"])
    offered = {key: name for key, name in BESIDE.items() if key != "areas" or areas}
    beside = _choices.choose("Beside the rank", offered, "beside", is_switch=True)
    more = {}
    if beside == "areas":
        board, config = board.merge(by_area, on=ENTRY, how="left"), config | areas
        columns = [*INTERVAL, *areas]
    elif beside == "model":
        about = select("dim_models", ", ".join(["model_id", *MODEL]), order="model_id").rows
        top1 = ["imagenet_top1"]
        known = select(
            "bridge_cohort_models",
            ", ".join([*ENTRY, *top1]),
            order="all",
            cohort_id=of["cohort_id"],
            is_member=True,
        ).rows
        board = board.merge(about, on="model_id", how="left").merge(known, on=ENTRY, how="left")
        columns = [*MODEL, *top1]
        more = {"dim_models": MODEL, "bridge_cohort_models": top1}
    else:
        columns = [*INTERVAL, *CERTAINTY]
    columns = ["score_rank", "model", "score", *columns]
    table(board, "fct_model_rankings", columns, config=config, more=more, height=420)
    return shown


def _areas(cohort_id: str) -> tuple[dict[str, dict], pd.DataFrame]:
    """Columns of the areas of a cohort, and the percentile of each member in each."""
    cells = select(
        "fct_scores_normalized",
        ", ".join([*ENTRY, "benchmark_id", "n_models", "n_leaves", "score_percentile"]),
        order="benchmark_id",
        cohort_id=cohort_id,
        level="region",
    ).rows
    if cells.empty:
        return {}, cells
    n = cells.groupby("benchmark_id")["n_leaves"].max()
    is_known = cells["n_models"] >= MIN_MODELS
    is_known &= cells["n_leaves"] >= 0.9 * cells["benchmark_id"].map(n) - 1e-9
    wide = cells[is_known].pivot(index=ENTRY, columns="benchmark_id", values="score_percentile")
    form = field("fct_scores_normalized", "score_percentile")
    columns = {
        area: number(
            f"{'Behaviour' if area == BEHAVIOUR else area} ({n[area]})",
            form=form.format,
            help=AREA.format(n=n[area], least=MIN_MODELS),
        )
        for area in known_first(wide.columns, [*REGIONS[:-1], BEHAVIOUR])
    }
    return columns, wide.round(2).reset_index()
