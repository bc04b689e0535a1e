"""Who ranks where? Models ranked by several ways of averaging their scores."""

import shlex
from functools import partial
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages import _choices, _filters, _ranking_averaging
from app_pages._export import menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import rank, stop, stop_absent
from app_pages._views import draw, number, select, table
from ingest import settings
from warehouse.figures.ranking import LARGE_SHIFT, SCHEMES, rank_strip
from warehouse.figures.theme import VERMILION

REFERENCE = "arithmetic_mean"
MAX_PATTERNS = 1_000

CERTAINTY = [
    "rank_ci_low",
    "rank_ci_high",
    "probability_above_next",
    "n_above_holm",
    "n_below_holm",
    "n_datasets",
]
"""How sure the rank under the chosen scheme is."""
ELSEWHERE = [
    "rank_family_ci_low",
    "rank_family_ci_high",
    "rank_min_left_out",
    "rank_min_left_out_dataset",
    "rank_max_left_out",
    "rank_max_left_out_dataset",
]
"""Where a model would stand among other families, and without a dataset."""

EXPLAINED = {
    "arithmetic_mean": "Arithmetic mean: average the scores as they are.",
    "z_mean": "Mean of z-scores: first give every benchmark the same mean and spread.",
    "mean_rank": "Mean rank: average the places, ignoring how far apart models are.",
    "robust_z_mean": "Robust z: as z-scores, with median and MAD, so that outliers weigh less.",
    "minmax_mean": "Min-max: first stretch every benchmark from 0 (worst model) to 1 (best).",
    "borda": "Borda: count the models each model beats, benchmark by benchmark.",
    "win_rate": "Win rate: the share of rivals that a model beats on most benchmarks.",
    "plackett_luce": "Plackett–Luce: strengths that make the orders likeliest; no interval.",
    "kemeny": "Kemeny: the order of the best twelve least against the benchmarks; no interval.",
}


def leaderboard(rankings: pd.DataFrame, schemes: list[str], scheme: str) -> pd.DataFrame:
    """One row per model: its rank under each scheme and the shift against the plain average."""
    key = ["source_model_key", "variant_id"]
    board = rankings[rankings["scheme"] == scheme].set_index(key)
    kept = ["source_model_name", "model_id", "score_minmax", "n_benchmarks", *CERTAINTY, *ELSEWHERE]
    board = board[kept].copy()
    ranks = rankings.pivot(index=key, columns="scheme", values="score_rank")
    for other in schemes:
        board[f"rank_{other}"] = ranks[other]
        if other != REFERENCE:
            board[f"shift_{other}"] = ranks[other] - ranks[REFERENCE]
    shifts = board.filter(like="shift_")
    board["is_flagged"] = (shifts.abs() > LARGE_SHIFT).any(axis=1)
    return board.sort_values(f"rank_{scheme}").reset_index()


def certainty(board: pd.DataFrame) -> str:
    """What the intervals mean and how many models are told apart, or why there is none."""
    tested = board.dropna(subset=["rank_ci_low"])
    if tested.empty:
        return (
            "No interval: it takes two models with scores of two datasets, and neither "
            f"Plackett–Luce nor Kemeny has one. Datasets here: {board['n_datasets'].max()}."
        )
    n_top, n = int((tested["n_above_holm"] == 0).sum()), len(tested)
    return (
        f"{TERMS['rank interval']} The top group (no model is shown to be better, all pairs tested "
        f"at once by Holm) holds {n_top} of {n}."
    )


def _emphasis(shift: float) -> str:
    return f"color: {VERMILION}; font-weight: bold" if abs(shift) > LARGE_SHIFT else ""


def show_board(board: pd.DataFrame, schemes: list[str], scheme: str) -> None:
    """The leaderboard by one scheme; names lead to the page of the model."""
    wanted = _choices.choose_text("Search by name", "search", placeholder="for example resnet")
    fitting = board[board["source_model_name"].str.contains(wanted, case=False, regex=False)]
    st.caption(
        f"{len(fitting)} of {len(board)} models. A shift counts the places lost (+) or won (−) "
        f"against the arithmetic mean; ⚑: the {int(board['is_flagged'].sum())} that move by more "
        f"than {LARGE_SHIFT}. A tie shares the mean of its places. {certainty(board)}"
    )
    address = fitting["model_id"].map(partial(_choices.permalink, "model"))
    shown = fitting.assign(
        flag=fitting["is_flagged"].map({True: "⚑", False: ""}),
        model=address + "#" + fitting["source_model_name"].map(quote),
    )
    config = {
        "model": st.column_config.LinkColumn(
            "Model", display_text=r"#(.*)$", width=260, help="As published."
        ),
        "flag": "⚑",
        f"rank_{scheme}": number("Rank", form=".1f", help=f"By {SCHEMES.get(scheme, scheme)}."),
        "score_minmax": st.column_config.ProgressColumn(
            "Score", format="%.2f", min_value=0, max_value=1, help="Worst model 0, best model 1."
        ),
    }
    columns = [*config, "n_benchmarks", *CERTAINTY]
    for other in schemes:
        named = SCHEMES.get(other, other)
        config.setdefault(f"rank_{other}", number(f"Rank: {named}", form=".1f"))
        if other != REFERENCE:
            help = f"{named} against arithmetic mean."
            config[f"shift_{other}"] = number("Shift", form="+.1f", help=help)
    columns += [c for c in config if c not in columns]
    shifts = [c for c in columns if c.startswith("shift_")]
    table(
        shown,
        "fct_model_rankings",
        columns,
        config=config,
        style=lambda s: s.map(_emphasis, subset=shifts),
        height=420,
    )
    with st.expander("Among other families of models, and without a dataset"):
        own = ["model", f"rank_{scheme}"]
        own_config = {column: config[column] for column in own}
        table(shown, "fct_model_rankings", [*own, *ELSEWHERE], config=own_config, height=420)


def choose_subset(of: dict[str, str]) -> tuple[list[str], list[str]]:
    """Benchmarks and model patterns that the reader wants ranked; empty means all."""
    found = select("fct_scores_normalized", "distinct benchmark_id", order="all", **of).rows
    with st.expander("Rank on benchmarks and models of your choice"):
        st.caption("Everything is then computed anew, with intervals, over the models you chose.")
        ids = _choices.choose_some(
            "Benchmarks (none chosen: all)", found["benchmark_id"].tolist(), "metrics"
        )
        models = _choices.choose_text(
            "Models (names or patterns, separated by commas; empty: all)",
            "model_patterns",
            placeholder="for example *resnet*, vit*",
        )
    if len(models) > MAX_PATTERNS:
        st.info(f"Name models in up to {MAX_PATTERNS} characters; these are {len(models):,}.")
        stop()
    return ids, [m.strip() for m in models.split(",") if m.strip()]


def recomputed(
    of: dict[str, str], schemes: list[str], ids: list[str], patterns: list[str]
) -> pd.DataFrame:
    """Rank the chosen part of the cohort; end the page with advice where nothing fits."""
    from warehouse.rank import NothingToRank

    path = settings.WAREHOUSE
    try:
        rankings = _recomputed(of, schemes, ids, patterns, str(path), path.stat().st_mtime_ns)
    except NothingToRank as nothing:
        st.info("There is nothing to rank.")
        st.code(str(nothing), language=None, wrap_lines=True)
        stop()
    one = rankings.drop_duplicates("scheme").iloc[0]
    st.success(
        f"Computed for your choice: {one['n_models']} models on {len(ids) or 'all'} benchmarks."
    )
    return rankings


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def _recomputed(
    of: dict[str, str], schemes: list[str], ids: list[str], patterns: list[str], *build: object
) -> pd.DataFrame:
    return rank(**of, schemes=schemes, benchmarks=ids or ["*"], models=patterns or ["*"])


def command(of: dict[str, str], ids: list[str], patterns: list[str]) -> str:
    """Write the command that gives the same ranking."""
    parts = ["aw rank", f"--cohort {of['cohort_id']}", f"--level {of['level']}"]
    parts += [f"--benchmarks {shlex.quote(','.join(ids))}"] if ids else []
    parts += [f"--models {shlex.quote(','.join(patterns))}"] if patterns else []
    return " \\\n  ".join(parts)


def show() -> None:
    """The leaderboard by one scheme, and every model under every scheme."""
    of = {"cohort_id": cohort["cohort_id"]}
    available = select("fct_model_rankings", "distinct level, scheme", order="all", **of).rows
    if available.empty:
        stop_absent(cohort["source_id"], "This view")
    chosen, _ = _choices.choose_in_turn(
        available, level=("Average over", _choices.LEVELS), scheme=("Order by", SCHEMES)
    )
    level, scheme = chosen["level"], chosen["scheme"]
    offered = _choices.named(available.loc[available["level"] == level, "scheme"], SCHEMES)
    schemes = list(offered)
    st.caption(EXPLAINED.get(scheme, ""))

    of["level"] = level
    ids, patterns = choose_subset(of)
    is_subset = bool(ids or patterns)
    name = f"{of['cohort_id']}_{level}{'_subset' if is_subset else ''}"
    found = select("fct_model_rankings", order="scheme, score_rank", **of)
    rankings = recomputed(of, schemes, ids, patterns) if is_subset else found.rows
    whole = "Ranks, averages and intervals stay those of everything you chose to rank."
    rankings = _filters.choose_models()(rankings, note=whole if is_subset else _filters.WHOLE)
    if rankings.empty:
        stop()
    board = leaderboard(rankings, schemes, scheme)

    whole = board["n_benchmarks"] == board["n_benchmarks"].max()
    if not whole.all():
        best = board[whole].iloc[0]
        st.warning(
            f"{int((~whole).sum())} of {len(board)} models lack scores, "
            f"{int((~whole).head(10).sum())} of the first ten among them: their averages are over "
            "fewer, other benchmarks, and their intervals ignore missing scores. The best model "
            f"with all {board['n_benchmarks'].max()} is "
            f"{_choices.plain(best['source_model_name'])}, at place {best[f'rank_{scheme}']:.0f}. "
            "What missing scores can change is on the page “What is missing?”."
        )
    show_board(board, schemes, scheme)
    menu(found.only(board), f"{name}_ranking")

    st.subheader("Every model under every scheme")
    models = sorted(board["source_model_name"].unique())
    followed = _choices.choose_some("Follow these models", models, "followed", at_most=8)
    counts = rankings.groupby("scheme")["score_rank"].count()
    partly = counts.index[counts < len(board)]
    drawn = rankings[~rankings["scheme"].isin(partly)]
    chart = draw(rank_strip, drawn, highlighted=followed)
    chart.show()
    if len(partly):
        left_out = ", ".join(offered[s] for s in partly)
        st.caption(f"Not drawn: {left_out}, which ranks only some of the models.")
    menu(found.only(rankings), f"{name}_schemes", chart)
    if is_subset:
        st.caption("The same in a terminal, and in Python as `warehouse.rank.rank`:")
        st.code(command(of, ids, patterns), language="bash")
    else:
        menu(found, found.name)


cohort = _choices.choose_cohort()
_choices.tabs({"Ranking": show, "Averaging": lambda: _ranking_averaging.show(cohort)})
cite(cohort["source_id"])
