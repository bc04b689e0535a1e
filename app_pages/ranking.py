"""Who ranks where? Models ranked by several ways of averaging their scores."""

from __future__ import annotations

import shlex
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages import _filters, _shared
from ingest import settings
from warehouse.figures import marks, ranking, theme

AVAILABLE = """\
select level, scheme, max(n_models) as n_models
from marts.fct_model_rankings
where cohort_id = $cohort_id
group by all"""

RANKINGS = """\
select
    source_model_key, variant_id, source_model_name, model_id, scheme, n_benchmarks, n_models,
    score, score_minmax, score_rank, rank_low_benchmarks, rank_high_benchmarks, rank_low_models,
    rank_high_models, tie_group
from marts.fct_model_rankings
where cohort_id = $cohort_id and level = $level
order by scheme, score_rank"""

METRICS = """\
select distinct benchmark_id
from marts.fct_scores_normalized
where cohort_id = $cohort_id and level = $level
order by benchmark_id"""

REFERENCE = "arithmetic_mean"
MAX_PATTERNS = 1_000

INTERVAL = {
    "rank_low_benchmarks": ("Rank from", "Lower 95 % limit of the rank, metrics resampled."),
    "rank_high_benchmarks": ("to", "Upper limit of the same."),
    "rank_low_models": ("Models: from", "Lower 95 % limit, the models it competes with resampled."),
    "rank_high_models": ("to ", "Upper limit of the same."),
    "tie_group": ("Group", _shared.GROUP),
}
"""How sure the rank under the chosen scheme is."""

EXPLAINED = {
    "arithmetic_mean": "Arithmetic mean: average the scores as they are.",
    "z_mean": "Mean of z-scores: first give every metric the same mean and spread.",
    "mean_rank": "Mean rank: average the places, ignoring how far apart models are.",
    "robust_z_mean": "Robust z: as z-scores, with median and MAD, so that outliers weigh less.",
    "minmax_mean": "Min-max: first stretch every metric from 0 (worst model) to 1 (best).",
    "borda": "Borda: count the models each model beats, metric by metric.",
    "win_rate": "Win rate: the share of rivals that a model beats on most metrics.",
    "plackett_luce": "Plackett–Luce: one strength per model that makes the observed orders likely.",
    "kemeny": "Kemeny: the order that contradicts the metrics least; exact for the twelve best.",
}


def leaderboard(rankings: pd.DataFrame, schemes: list[str], scheme: str) -> pd.DataFrame:
    """One row per model: its rank under each scheme and the shift against the plain average."""
    key = ["source_model_key", "variant_id"]
    board = rankings[rankings["scheme"] == scheme].set_index(key)
    kept = ["source_model_name", "model_id", "score_minmax", "n_benchmarks", *INTERVAL]
    board = board[kept].copy()
    ranks = rankings.pivot(index=key, columns="scheme", values="score_rank")
    for other in schemes:
        board[f"rank_{other}"] = ranks[other]
        if other != REFERENCE:
            board[f"shift_{other}"] = ranks[other] - ranks[REFERENCE]
    shifts = board.filter(like="shift_")
    board["is_flagged"] = (shifts.abs() > ranking.LARGE_SHIFT).any(axis=1)
    return board.sort_values(f"rank_{scheme}").reset_index()


def say_incomplete(board: pd.DataFrame, scheme: str) -> None:
    """Warn where averages over different metrics are ranked against each other."""
    whole = board["n_benchmarks"] == board["n_benchmarks"].max()
    if whole.all():
        return
    best = board[whole].iloc[0]
    st.warning(
        f"{int((~whole).sum())} of {len(board)} models lack scores, {int((~whole).head(10).sum())} "
        "of the first ten among them: their averages are over fewer, other metrics, and their "
        "intervals do not know of what is missing. The best model with all "
        f"{board['n_benchmarks'].max()} is {_shared.plain(best['source_model_name'])}, at place "
        f"{best[f'rank_{scheme}']:.0f}. A complete cohort compares like with like; what the holes "
        "leave open stands under “What is missing?”."
    )


def table(board: pd.DataFrame, schemes: list[str], scheme: str) -> None:
    """Show the leaderboard, searched by name."""
    wanted = _shared.choose_text("Search by name", "search", placeholder="for example resnet")
    found = board[board["source_model_name"].str.contains(wanted, case=False, regex=False)]
    st.caption(
        f"{len(found)} of {len(board)} models. A shift counts the places lost (+) or won (−) "
        f"against the arithmetic mean; ⚑ marks the {int(board['is_flagged'].sum())} models that "
        f"move by more than {ranking.LARGE_SHIFT}. A tie shares the mean of its places. Intervals "
        "over metrics draw each metric as if it were independent; metrics of one dataset are not, "
        "so they are rather too narrow."
    )
    shown = found.assign(
        flag=found["is_flagged"].map({True: "⚑", False: ""}),
        model=[
            f"{_shared.permalink('model', row.model_id)}#{quote(row.source_model_name)}"
            for row in found.itertuples()
        ],
    )
    columns = {
        "model": st.column_config.LinkColumn(
            "Model", display_text=r"#(.*)$", width=260, help="As published."
        ),
        "flag": "⚑",
        f"rank_{scheme}": _shared.number("Rank", "%.1f", f"By {scheme_name(scheme)}."),
        "score_minmax": st.column_config.ProgressColumn(
            "Score", format="%.2f", min_value=0, max_value=1, help="Worst model 0, best model 1."
        ),
        "n_benchmarks": st.column_config.NumberColumn(
            "Metrics", help=f"Averaged for it, of {board['n_benchmarks'].max()}."
        ),
    }
    for column, (name, help) in INTERVAL.items():
        columns[column] = st.column_config.NumberColumn(name, format="%.0f", help=help)
    for other in schemes:
        name = scheme_name(other)
        if other != scheme:
            columns[f"rank_{other}"] = _shared.number(f"Rank: {name}", "%.1f")
        if other != REFERENCE:
            columns[f"shift_{other}"] = _shared.number(
                "Shift", "%+.1f", f"{name} against arithmetic mean."
            )
    shifts = [c for c in columns if c.startswith("shift_")]
    styled = shown[list(columns)].style.map(_emphasis, subset=shifts)
    st.dataframe(styled, column_config=columns, hide_index=True, height=420)


def _emphasis(shift: float) -> str:
    return (
        f"color: {theme.VERMILION}; font-weight: bold" if abs(shift) > ranking.LARGE_SHIFT else ""
    )


def main() -> None:
    """Draw the page."""
    st.title("Who ranks where?")
    st.write(
        "The order of models depends on how their scores are averaged. "
        "Each **scheme** below is one way of doing it, over the same models and metrics."
    )
    cohort = _shared.choose_cohort()
    cohort_id = cohort["cohort_id"]
    available = _shared.query(AVAILABLE, cohort_id=cohort_id)
    if available.empty:
        _shared.stop_absent(cohort["source_id"], "This view")
    left, right = st.columns(2)
    with left:
        level = _shared.choose_level(available, "Average over")
    with right:
        found = available.loc[available["level"] == level, "scheme"]
        schemes = marks.known_first(found, ranking.SCHEMES)
        scheme = _shared.choose("Order by", schemes, "scheme", names=scheme_name)
    st.caption(EXPLAINED.get(scheme, ""))

    metrics, models = choose_subset(cohort_id, level)
    name = f"{cohort_id}_{level}"
    if metrics or models:
        rankings = recomputed(cohort_id, level, schemes, metrics, models)
        name += "_subset"
    else:
        rankings = _shared.query(RANKINGS, cohort_id=cohort_id, level=level)
    whole = "Ranks, averages and intervals stay those of everything you chose to rank."
    note = whole if metrics or models else _filters.WHOLE
    rankings = _filters.choose_models()(rankings, note=note)
    if rankings.empty:
        return
    board = leaderboard(rankings, schemes, scheme)
    say_incomplete(board, scheme)
    table(board, schemes, scheme)
    _shared.downloads(board, f"{name}_ranking")

    st.subheader("Every model under every scheme")
    names = sorted(board["source_model_name"].unique())
    followed = _shared.choose_some("Follow these models", names, "followed", at_most=8)
    few = rankings.groupby("scheme")["score_rank"].count() < len(board)
    drawn = rankings[~rankings["scheme"].isin(few.index[few])]
    chart = _shared.draw(ranking.rank_strip, drawn, highlighted=followed)
    _shared.show_chart(chart, "ranks")
    if few.any():
        left_out = ", ".join(scheme_name(s) for s in few.index[few])
        st.caption(f"Not drawn: {left_out}, which ranks only some of the models.")
    _shared.downloads(rankings, f"{name}_schemes", chart)
    if metrics or models:
        st.caption("The same in a terminal, and in Python as `warehouse.rank.rank`:")
        st.code(command(cohort_id, level, metrics, models), language="bash")
    else:
        _shared.show_sql(RANKINGS, cohort_id=cohort_id, level=level)
    _shared.cite(cohort["source_id"])


def choose_subset(cohort_id: str, level: str) -> tuple[list[str], list[str]]:
    """Metrics and model patterns that the reader wants ranked; empty means all."""
    found = _shared.query(METRICS, cohort_id=cohort_id, level=level)
    with st.expander("Rank on metrics and models of your choice"):
        st.caption(
            "Everything is then computed anew, with intervals: what a scheme takes from other "
            "models (a mean, a rank), it takes from those you chose."
        )
        ids = found["benchmark_id"].tolist()
        metrics = _shared.choose_some("Metrics (none chosen: all)", ids, "metrics")
        models = _shared.choose_text(
            "Models (names or patterns, apart by commas; empty: all)",
            "model_patterns",
            placeholder="for example *resnet*, vit*",
        )
    if len(models) > MAX_PATTERNS:
        st.info(f"Name models in up to {MAX_PATTERNS} characters; {len(models):,} stand here.")
        _shared.stop()
    return metrics, [m.strip() for m in models.split(",") if m.strip()]


def recomputed(
    cohort_id: str, level: str, schemes: list[str], metrics: list[str], models: list[str]
) -> pd.DataFrame:
    """Rank the chosen part of the cohort; end the page with advice where nothing fits."""
    from warehouse.rank import N_RESAMPLES, NothingToRank

    path = settings.WAREHOUSE
    chosen = (cohort_id, level, tuple(schemes), tuple(metrics), tuple(models))
    try:
        rankings = _recomputed(*chosen, str(path), path.stat().st_mtime_ns)
    except NothingToRank as nothing:
        st.info("There is nothing to rank.")
        st.code(str(nothing), language=None, wrap_lines=True)
        _shared.stop()
    one = rankings.drop_duplicates("scheme").iloc[0]
    st.success(
        f"Computed for your choice: {one['n_models']} models on "
        f"{len(metrics) or 'all'} metrics, intervals from {N_RESAMPLES:,} resamples."
    )
    return rankings


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def _recomputed(
    cohort_id: str,
    level: str,
    schemes: tuple[str, ...],
    metrics: tuple[str, ...],
    models: tuple[str, ...],
    path: str,
    build: int,
) -> pd.DataFrame:
    chosen = {"benchmarks": metrics or ("*",), "models": models or ("*",)}
    return _shared.rank(cohort_id, level, schemes, **chosen)


def command(cohort_id: str, level: str, metrics: list[str], models: list[str]) -> str:
    """Write the command that gives the same ranking."""
    parts = ["aw rank", f"--cohort {cohort_id}", f"--level {level}"]
    parts += [f"--benchmarks {shlex.quote(','.join(metrics))}"] if metrics else []
    parts += [f"--models {shlex.quote(','.join(models))}"] if models else []
    return " \\\n  ".join(parts)


def scheme_name(scheme: str) -> str:
    """Name of a scheme for people."""
    return ranking.SCHEMES.get(scheme, scheme)


main()
