"""Who ranks where? Models ranked by several ways of averaging their scores."""

import shlex
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages import _choices, _filters
from app_pages._origins import cite
from app_pages._shared import rank, stop, stop_absent
from app_pages._views import downloads, draw, number, select, show_sql, table
from ingest import settings
from warehouse.figures.ranking import LARGE_SHIFT, SCHEMES, rank_strip
from warehouse.figures.theme import VERMILION

REFERENCE = "arithmetic_mean"
MAX_PATTERNS = 1_000

INTERVALS = [
    "rank_low_benchmarks",
    "rank_high_benchmarks",
    "rank_low_models",
    "rank_high_models",
    "tie_group",
]
"""How sure the rank under the chosen scheme is."""

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
    kept = ["source_model_name", "model_id", "score_minmax", "n_benchmarks", *INTERVALS]
    board = board[kept].copy()
    ranks = rankings.pivot(index=key, columns="scheme", values="score_rank")
    for other in schemes:
        board[f"rank_{other}"] = ranks[other]
        if other != REFERENCE:
            board[f"shift_{other}"] = ranks[other] - ranks[REFERENCE]
    shifts = board.filter(like="shift_")
    board["is_flagged"] = (shifts.abs() > LARGE_SHIFT).any(axis=1)
    return board.sort_values(f"rank_{scheme}").reset_index()


def _emphasis(shift: float) -> str:
    return f"color: {VERMILION}; font-weight: bold" if abs(shift) > LARGE_SHIFT else ""


def choose_subset(cohort_id: str, level: str) -> tuple[list[str], list[str]]:
    """Benchmarks and model patterns that the reader wants ranked; empty means all."""
    of = {"cohort_id": cohort_id, "level": level}
    found = select("fct_scores_normalized", "distinct benchmark_id", order="all", **of).rows
    with st.expander("Rank on benchmarks and models of your choice"):
        st.caption(
            "Everything is then computed anew, with intervals: the means and ranks that a scheme "
            "needs are taken over the models you chose."
        )
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
    cohort_id: str, level: str, schemes: list[str], ids: list[str], patterns: list[str]
) -> pd.DataFrame:
    """Rank the chosen part of the cohort; end the page with advice where nothing fits."""
    from warehouse.rank import N_RESAMPLES, NothingToRank

    path = settings.WAREHOUSE
    chosen = (cohort_id, level, tuple(schemes), tuple(ids), tuple(patterns))
    try:
        rankings = _recomputed(*chosen, str(path), path.stat().st_mtime_ns)
    except NothingToRank as nothing:
        st.info("There is nothing to rank.")
        st.code(str(nothing), language=None, wrap_lines=True)
        stop()
    one = rankings.drop_duplicates("scheme").iloc[0]
    st.success(
        f"Computed for your choice: {one['n_models']} models on {len(ids) or 'all'} benchmarks, "
        f"intervals from {N_RESAMPLES:,} resamples."
    )
    return rankings


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def _recomputed(
    cohort_id: str,
    level: str,
    schemes: tuple[str, ...],
    ids: tuple[str, ...],
    patterns: tuple[str, ...],
    path: str,
    build: int,
) -> pd.DataFrame:
    return rank(cohort_id, level, schemes, benchmarks=ids or ("*",), models=patterns or ("*",))


def command(cohort_id: str, level: str, ids: list[str], patterns: list[str]) -> str:
    """Write the command that gives the same ranking."""
    parts = ["aw rank", f"--cohort {cohort_id}", f"--level {level}"]
    parts += [f"--benchmarks {shlex.quote(','.join(ids))}"] if ids else []
    parts += [f"--models {shlex.quote(','.join(patterns))}"] if patterns else []
    return " \\\n  ".join(parts)


st.write(
    "The order of models depends on how their scores are averaged. "
    "Each **scheme** below is one way of doing it, over the same models and benchmarks."
)
cohort = _choices.choose_cohort()
cohort_id = cohort["cohort_id"]
of = {"cohort_id": cohort_id}
available = select("fct_model_rankings", "distinct level, scheme", order="all", **of).rows
if available.empty:
    stop_absent(cohort["source_id"], "This view")
left, right = st.columns(2)
level = _choices.choose_level(available["level"], "Average over", place=left)
offered = _choices.named(available.loc[available["level"] == level, "scheme"], SCHEMES)
scheme = _choices.choose("Order by", offered, "scheme", place=right)
schemes = list(offered)
st.caption(EXPLAINED.get(scheme, ""))

ids, patterns = choose_subset(cohort_id, level)
is_subset = bool(ids or patterns)
name = f"{cohort_id}_{level}{'_subset' if is_subset else ''}"
found = select("fct_model_rankings", order="scheme, score_rank", cohort_id=cohort_id, level=level)
rankings = recomputed(cohort_id, level, schemes, ids, patterns) if is_subset else found.rows
whole = "Ranks, averages and intervals stay those of everything you chose to rank."
rankings = _filters.choose_models()(rankings, note=whole if is_subset else _filters.WHOLE)
if rankings.empty:
    stop()
board = leaderboard(rankings, schemes, scheme)

whole = board["n_benchmarks"] == board["n_benchmarks"].max()
if not whole.all():
    best = board[whole].iloc[0]
    st.warning(
        f"{int((~whole).sum())} of {len(board)} models lack scores, {int((~whole).head(10).sum())} "
        "of the first ten among them: their averages are over fewer, other benchmarks, and their "
        "intervals ignore missing scores. The best model with all "
        f"{board['n_benchmarks'].max()} is {_choices.plain(best['source_model_name'])}, at place "
        f"{best[f'rank_{scheme}']:.0f}. In a complete cohort all models have the same benchmarks; "
        "what missing scores can change is on the page “What is missing?”."
    )

wanted = _choices.choose_text("Search by name", "search", placeholder="for example resnet")
fitting = board[board["source_model_name"].str.contains(wanted, case=False, regex=False)]
st.caption(
    f"{len(fitting)} of {len(board)} models. A shift counts the places lost (+) or won (−) "
    f"against the arithmetic mean; ⚑ marks the {int(board['is_flagged'].sum())} models that "
    f"move by more than {LARGE_SHIFT}. A tie shares the mean of its places. Intervals over "
    "benchmarks draw each benchmark as if it were independent; benchmarks of one dataset are "
    "not, so these intervals are too narrow."
)
shown = fitting.assign(
    flag=fitting["is_flagged"].map({True: "⚑", False: ""}),
    model=[
        f"{_choices.permalink('model', model_id)}#{quote(published)}"
        for model_id, published in zip(
            fitting["model_id"], fitting["source_model_name"], strict=True
        )
    ],
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
columns = [*config, "n_benchmarks", *INTERVALS]
for other in schemes:
    named = SCHEMES.get(other, other)
    config.setdefault(f"rank_{other}", number(f"Rank: {named}", form=".1f"))
    if other != REFERENCE:
        config[f"shift_{other}"] = number(
            "Shift", form="+.1f", help=f"{named} against arithmetic mean."
        )
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
downloads(board, f"{name}_ranking")

st.subheader("Every model under every scheme")
models = sorted(board["source_model_name"].unique())
followed = _choices.choose_some("Follow these models", models, "followed", at_most=8)
counts = rankings.groupby("scheme")["score_rank"].count()
partial = counts.index[counts < len(board)]
drawn = rankings[~rankings["scheme"].isin(partial)]
chart = draw(rank_strip, drawn, highlighted=followed).wide()
chart.show()
if len(partial):
    left_out = ", ".join(offered[s] for s in partial)
    st.caption(f"Not drawn: {left_out}, which ranks only some of the models.")
downloads(rankings, f"{name}_schemes", chart)
if is_subset:
    st.caption("The same in a terminal, and in Python as `warehouse.rank.rank`:")
    st.code(command(cohort_id, level, ids, patterns), language="bash")
else:
    show_sql(found)
cite(cohort["source_id"])
