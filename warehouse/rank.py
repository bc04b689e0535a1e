"""Rank the models of a cohort anew: any of its models, any of its benchmarks, any scheme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from compute.aggregation import COLUMNS, N_RESAMPLES, SCHEMES, rankings
from warehouse import db

LEVELS = ("leaf", "region", "modality")
_SCORES = """\
select source_model_key, variant_id, source_model_name, model_id, benchmark_id, score_directed
from fct_scores_normalized
where cohort_id = $cohort_id and level = $level"""
_KEY = ["source_model_key", "variant_id"]


class NothingToRank(Exception):
    """The cohort, the benchmarks or the models asked for are not there; the message says which."""


def rank(
    cohort_id: str,
    level: str = "leaf",
    schemes: Sequence[str] = tuple(SCHEMES),
    benchmarks: Iterable[str] = ("*",),
    models: Iterable[str] = ("*",),
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    path: Path | None = None,
) -> pd.DataFrame:
    """Rank models of a cohort on benchmarks of your choice.

    Parameters
    ----------
    cohort_id : str
        As in ``dim_cohorts``.
    level : str
        ``leaf``, ``region`` or ``modality``.
    schemes : sequence of str
        Keys of ``compute.aggregation.SCHEMES``.
    benchmarks : iterable of str
        Ids or glob patterns; a benchmark that fits one of them is averaged.
    models : iterable of str
        Published names, model ids or glob patterns. The models that fit are the whole cohort of
        this ranking: what a scheme takes from other models, it takes from them.
    n_resamples : int
        Of both bootstraps; 0 for ranks without intervals.
    seed : int
        Of the resamples.
    path : Path, optional
        The warehouse; the published one by default.

    Returns
    -------
    DataFrame
        One row per scheme and model, best first: ``scheme``, ``source_model_key``, ``variant_id``,
        ``source_model_name``, ``model_id``, ``n_benchmarks``, ``n_models`` (ranked) and the
        columns of :func:`compute.aggregation.rankings`.

    Raises
    ------
    NothingToRank
        Nothing fits.
    ValueError
        An unknown scheme.
    warehouse.db.WarehouseMissing
        There is no warehouse.
    """
    with db.connect(path) as con:
        scores = con.execute(_SCORES, {"cohort_id": cohort_id, "level": level}).df()
        if scores.empty:
            known = con.execute("select cohort_id from dim_cohorts order by all").fetchall()
            raise NothingToRank(
                f"the cohort {cohort_id!r} has no scores at level {level!r}. Levels: "
                f"{', '.join(LEVELS)}. Cohorts: {', '.join(c for (c,) in known)}"
            )
    scores = scores[_fits(scores["benchmark_id"], benchmarks, "benchmark", cohort_id)]
    names = scores["source_model_name"], scores["model_id"]
    scores = scores[_fits(pd.concat(names, axis=1), models, "model", cohort_id)]
    wide = scores.pivot(index=_KEY, columns="benchmark_id", values="score_directed")
    about = scores.groupby(_KEY).agg(
        source_model_name=("source_model_name", "first"),
        model_id=("model_id", "first"),
        n_benchmarks=("benchmark_id", "size"),
    )
    tables = []
    for scheme, columns in rankings(wide.to_numpy(), schemes, n_resamples, seed).items():
        table = about.assign(scheme=scheme, **columns)
        table["n_models"] = table["score_rank"].count()
        tables.append(table.sort_values("score_rank", kind="stable").reset_index())
    head = ["scheme", *_KEY, "source_model_name", "model_id", "n_benchmarks", "n_models"]
    return pd.concat(tables, ignore_index=True)[[*head, *COLUMNS]]


def _fits(
    names: pd.Series | pd.DataFrame, patterns: Iterable[str], kind: str, cohort_id: str
) -> pd.Series:
    """Rows with a name that fits a pattern; every pattern has to fit something."""
    columns = [names] if isinstance(names, pd.Series) else [names[c] for c in names]
    wanted: set[str] = set()
    for pattern in patterns:
        found = {
            name for column in columns for name in column.unique() if fnmatchcase(name, pattern)
        }
        if not found:
            raise NothingToRank(
                f'no {kind} of {cohort_id} fits {pattern!r}. To see them: aw query "select '
                f"distinct {columns[0].name} from fct_scores_normalized where cohort_id = "
                f"'{cohort_id}'\""
            )
        wanted |= found
    fitting = columns[0].isin(wanted)
    for column in columns[1:]:
        fitting |= column.isin(wanted)
    return fitting
