"""Rank the models of a cohort anew: any of its models, any of its benchmarks, any scheme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.stats.aggregation.intervals import COLUMNS, LeftOut, compared, rankings
from compute.stats.aggregation.schemes import REFERENCE, SCHEMES
from ingest import Explained, names_like
from ingest.load import literal
from warehouse import db

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("leaf", "region", "modality")
MIN_COVERAGE = 0.9
"""Models with scores that nobody doubts on a smaller share of the benchmarks are not ranked: their
averages are over other benchmarks. As ``is_comparable`` in the mart ``bridge_cohort_models``."""

_SCORES = """\
select
    source_model_key, variant_id, source_model_name, model_id, benchmark_id, score_directed, level,
    n_leaves, n_doubted,
    coalesce(family, model_id) as family
from fct_scores_normalized
left join dim_models using (model_id)
where cohort_id = {cohort_id} and level in ({level}, 'leaf')"""
_PARTS = """\
select
    parts.benchmark_id, leaf_id, weight, coalesce(dataset, leaf_id) as dataset,
    coalesce(region, suite) as area
from bridge_benchmark_leaves as parts
inner join dim_benchmarks on leaf_id = dim_benchmarks.benchmark_id
where cohort_id = {cohort_id} and level = {level}"""
_MODEL = ("source_model_key", "variant_id", "source_model_name", "model_id")
_ABOUT = ("n_benchmarks", "n_doubted", "coverage", "n_copies", "is_first_copy")


class NothingToRank(Explained):
    """The cohort, the benchmarks or the models asked for are not there; the message says which."""


def rank(*arguments: object, **options: object) -> pd.DataFrame:
    """Rank models of a cohort as :func:`ranked` does, with its parameters, as a data frame."""
    import pandas as pd  # the command does without: it takes longer to import than to rank

    return pd.DataFrame(ranked(*arguments, **options))


Columns = dict[str, NDArray]


class Scores(NamedTuple):
    """What the warehouse says of a cohort at one level, a row per entry of the arrays.

    Attributes
    ----------
    level : dict of column to ndarray
        Scores of models on the benchmarks of the level.
    leaf : dict of column to ndarray
        The same on the leaves, from which a higher level is averaged.
    parts : dict of column to ndarray
        ``benchmark_id``, ``leaf_id``, ``weight``; ``dataset`` and ``area`` of the leaf.
    """

    level: Columns
    leaf: Columns
    parts: Columns


def read_scores(cohort_id: str, level: str = "leaf", path: Path | None = None) -> Scores:
    """Scores of a cohort, for :func:`ranked`; the warehouse is open no longer than this takes.

    Raises
    ------
    NothingToRank
        The cohort has none at this level.
    warehouse.db.WarehouseMissing
        There is no warehouse.
    """
    of = {"cohort_id": literal(cohort_id), "level": literal(level)}
    with db.connect(path) as con:
        found = con.execute(_SCORES.format(**of)).fetchnumpy()
        parts = con.execute(_PARTS.format(**of)).fetchnumpy()
        if not (found["level"] == level).any():
            known = [c for (c,) in con.execute("select cohort_id from dim_cohorts").fetchall()]
            if cohort_id not in known:
                raise NothingToRank(f"no cohort {cohort_id!r}. {names_like(cohort_id, known)}")
            raise NothingToRank(
                f"the cohort {cohort_id!r} has no scores at level {level!r}. Levels: "
                f"{', '.join(LEVELS)}"
            )
    filled = {
        name: np.ma.filled(column, np.nan if column.dtype.kind == "f" else None)
        for name, column in found.items()
    }
    return Scores(
        _only(filled, filled["level"] == level), _only(filled, filled["level"] == "leaf"), parts
    )


def _only(columns: Columns, rows: NDArray[np.bool_]) -> Columns:
    return {name: column[rows] for name, column in columns.items()}


def ranked(
    cohort_id: str,
    level: str = "leaf",
    schemes: Sequence[str] = tuple(SCHEMES),
    benchmarks: Iterable[str] = ("*",),
    models: Iterable[str] = ("*",),
    path: Path | None = None,
    own: Mapping[str, Sequence] | None = None,
    scores: Scores | None = None,
    min_coverage: float = MIN_COVERAGE,
    without: Iterable[str] = (),
    weights: Mapping[str, int] | None = None,
) -> Columns:
    """Rank models of a cohort on benchmarks of your choice.

    Parameters
    ----------
    cohort_id : str
        As in ``dim_cohorts``.
    level : str
        ``leaf``, ``region`` or ``modality``.
    schemes : sequence of str
        Keys of ``compute.stats.aggregation.schemes.SCHEMES``.
    benchmarks : iterable of str
        Ids or glob patterns, of single benchmarks or of what the level averages them into; a single
        benchmark that fits one of them, or stands in one that does, is averaged.
    models : iterable of str
        Published names, model ids or glob patterns. The models that fit are the whole cohort of
        this ranking: what a scheme takes from other models, it takes from them.
    path : Path, optional
        The warehouse; the published one by default.
    own : mapping of column to sequence, optional
        Scores of models that are in no warehouse, ranked beside the others: ``model``,
        ``benchmark_id`` and ``score_directed`` (higher is better). Those on other benchmarks are
        left out. Their ``source_model_key`` and ``model_id`` are ``own:`` and the name. Above the
        leaves their ranks have no interval.
    scores : Scores, optional
        What :func:`read_scores` gave; else it is asked.
    min_coverage : float
        Models with less are not ranked, except your own; they stand at the end, without a rank.
    without : iterable of str
        As ``benchmarks``; what fits is left out of them.
    weights : mapping of str to int, optional
        By area (the region, or the suite where there is none): how many times each of its
        benchmarks counts. Once by default; with 0 the area is left out.

    Returns
    -------
    dict of column to ndarray
        One entry per scheme and model, best first: ``scheme``, ``source_model_key``,
        ``variant_id``, ``source_model_name``, ``model_id``, ``n_benchmarks`` and ``n_doubted``
        (single benchmarks among them whose score is doubted), ``coverage`` (share of the single
        benchmarks with a score that nobody doubts), ``n_copies`` (ranked models with the same
        ``model_id``) and ``is_first_copy`` (of these the one with most coverage, then the lowest
        key), ``n_models`` (ranked) and the columns of
        :func:`compute.stats.aggregation.intervals.rankings`.

    Raises
    ------
    NothingToRank
        Nothing fits, or no model that fits has enough coverage.
    ValueError
        An unknown scheme.
    warehouse.db.WarehouseMissing
        There is no warehouse.
    """
    of = _entered(
        cohort_id, level, benchmarks, models, path, own, scores, min_coverage, without, weights
    )
    tables = []
    for scheme, columns in rankings(of.scores, of.left_out, of.families, schemes).items():
        order = np.argsort(columns["score_rank"], kind="stable")
        table = {name: values[order] for name, values in (of.about | columns).items()}
        for name, left_out in of.not_ranked.items():
            table[name] = np.concatenate([table[name], left_out])
        n = len(table["coverage"])
        for name in COLUMNS:
            unknown = np.full(n - len(order), None if table[name].dtype == object else np.nan)
            table[name] = np.concatenate([table[name], unknown])
        table["scheme"] = np.full(n, scheme, object)
        table["n_models"] = np.full(n, (~np.isnan(table["score_rank"])).sum())
        tables.append(table)
    names = ("scheme", *_MODEL, *_ABOUT, "n_models", *COLUMNS)
    return {name: np.concatenate([table[name] for table in tables]) for name in names}


def probability_above(
    cohort_id: str,
    level: str = "leaf",
    scheme: str = REFERENCE,
    **options: object,
) -> tuple[list[str], NDArray[np.float64]]:
    """How likely each model of a ranking stands above each other one, were there other datasets.

    Parameters
    ----------
    cohort_id, level
        As for :func:`ranked`.
    scheme : str
        One key of ``SCHEMES``.
    options
        ``benchmarks``, ``models``, ``path``, ``own``, ``scores``, ``min_coverage``, ``without`` and
        ``weights`` of :func:`ranked`.

    Returns
    -------
    entries : list of str
        Key and variant of each ranked model, with a slash.
    probability : ndarray, shape (n_models, n_models)
        That the row's model stands above the column's; NaN where no test is possible. The entries
        beside each other in a ranking are its ``probability_above_next``.

    Raises
    ------
    NothingToRank, ValueError, warehouse.db.WarehouseMissing
        As :func:`ranked`.
    """
    of = _entered(cohort_id, level, **options)
    key, variant = of.about["source_model_key"], of.about["variant_id"]
    entries = [f"{k}/{v}" for k, v in zip(key, variant, strict=True)]
    return entries, compared(of.scores, of.left_out, scheme).probability_above


def compile_kernels() -> None:
    """Run every scheme on made-up scores, so that Numba compiles and keeps what rankings need."""
    scores = np.random.default_rng(0).normal(size=(16, 6))
    scores[0, 0] = np.nan
    left_out = LeftOut.of(scores, [f"dataset {i // 2}" for i in range(6)])
    rankings(scores, left_out, np.repeat(["a", "b"], 8))


class _Entered(NamedTuple):
    """The models of one ranking: scores of each (`about` a row), and those that are not ranked."""

    scores: NDArray[np.float64]
    left_out: LeftOut
    families: NDArray
    about: Columns
    not_ranked: Columns


def _entered(
    cohort_id: str,
    level: str = "leaf",
    benchmarks: Iterable[str] = ("*",),
    models: Iterable[str] = ("*",),
    path: Path | None = None,
    own: Mapping[str, Sequence] | None = None,
    scores: Scores | None = None,
    min_coverage: float = MIN_COVERAGE,
    without: Iterable[str] = (),
    weights: Mapping[str, int] | None = None,
) -> _Entered:
    if scores is None:
        scores = read_scores(cohort_id, level, path)
    times = _times(scores.parts, weights or {}, level, cohort_id)
    without = (*without, *(benchmark for benchmark, n in times.items() if n == 0))
    scores = _on_benchmarks(scores, benchmarks, without, cohort_id)
    chosen, parts = scores.level, scores.parts
    n_leaves = np.isin(parts["benchmark_id"], chosen["benchmark_id"]).sum()
    names = {name: chosen[name] for name in ("source_model_name", "model_id")}
    chosen = _only(chosen, _fitting(names, models, "model", cohort_id))
    if own is not None:
        chosen = _with_own(chosen, own, parts["benchmark_id"])
    row = _rows(chosen)
    first = np.unique(row, return_index=True)[1]
    about = {name: chosen[name][first] for name in _MODEL}
    about["n_benchmarks"] = np.bincount(row)
    about["n_doubted"] = np.bincount(row, chosen["n_doubted"]).astype(int)
    about["coverage"] = np.bincount(row, chosen["n_leaves"] - chosen["n_doubted"]) / n_leaves
    is_own = np.array([key.startswith("own:") for key in about["source_model_key"]])
    is_ranked = is_own | (about["coverage"] >= min_coverage - 1e-9)
    if not is_ranked.any():
        raise NothingToRank(
            f"no model of {cohort_id} has scores that nobody doubts on {min_coverage:.0%} of the "
            f"{n_leaves} benchmarks; the most is {about['coverage'].max():.0%}"
        )
    not_ranked = _only(about, ~is_ranked)
    not_ranked |= {"n_copies": np.ones((~is_ranked).sum(), int)}
    not_ranked |= {"is_first_copy": np.ones((~is_ranked).sum(), bool)}
    about, chosen = _only(about, is_ranked), _only(chosen, is_ranked[row])
    rows = {key: at for at, key in enumerate(_keys(about))}
    wide, ids = _matrix(chosen, rows)
    leaves = _matrix(chosen if level == "leaf" else scores.leaf, rows)
    # what counts twice stands twice, for every scheme alike
    columns = np.repeat(np.arange(len(ids)), [times[benchmark] for benchmark in ids])
    left_out = _left_out(leaves, parts, ids, columns)
    families = chosen["family"][np.unique(_rows(chosen), return_index=True)[1]]
    return _Entered(wide[:, columns], left_out, families, about | _copies(about), not_ranked)


def _times(
    parts: Columns, weights: Mapping[str, int], level: str, cohort_id: str
) -> dict[str, int]:
    """How many times each benchmark of a level counts: as often as its area."""
    areas = sorted(set(parts["area"]))
    for area in weights:
        if area not in areas:
            raise NothingToRank(f"no area {area!r} in {cohort_id}. {names_like(area, areas)}")
    if weights and level == "modality":
        raise NothingToRank(
            "areas have no weights at level 'modality', whose parts have several areas: take "
            "'leaf' or 'region'"
        )
    pairs = zip(parts["benchmark_id"], parts["area"], strict=True)
    return {benchmark: weights.get(area, 1) for benchmark, area in pairs}


def _on_benchmarks(
    scores: Scores, benchmarks: Iterable[str], without: Iterable[str], cohort_id: str
) -> Scores:
    """The scores on single benchmarks that fit, averaged anew where a level has only some of its.

    A model's mean is over those that it has, by their weights, as in the warehouse.
    """
    level, leaf, parts = scores
    names = {name: parts[name] for name in ("leaf_id", "benchmark_id")}
    is_in = _fitting(names, benchmarks, "benchmark", cohort_id)
    if without := tuple(without):
        is_in &= ~_fitting(names, without, "benchmark", cohort_id)
    if not is_in.any():
        raise NothingToRank(f"no benchmark of {cohort_id} is left without {', '.join(without)}")
    if is_in.all():
        return scores
    parts = _only(parts, is_in)
    leaf = _only(leaf, np.isin(leaf["benchmark_id"], parts["leaf_id"]))
    whole, n_whole = np.unique(names["benchmark_id"], return_counts=True)
    left, n_left = np.unique(parts["benchmark_id"], return_counts=True)
    is_cut = n_left < n_whole[np.searchsorted(whole, left)]
    cut = _averaged(leaf, _only(parts, np.isin(parts["benchmark_id"], left[is_cut])))
    level = _only(level, np.isin(level["benchmark_id"], left[~is_cut]))
    return Scores({n: np.concatenate([level[n], cut[n]]) for n in level}, leaf, parts)


def _averaged(leaf: Columns, parts: Columns) -> Columns:
    """A row per model and benchmark of the level: the weighted mean of the single benchmarks."""
    order = np.argsort(parts["leaf_id"])
    parts = _only(parts, order)
    leaf = _only(leaf, np.isin(leaf["benchmark_id"], parts["leaf_id"]))
    place = np.searchsorted(parts["leaf_id"], leaf["benchmark_id"])
    weight, above = parts["weight"][place], parts["benchmark_id"][place]
    groups: dict[tuple, int] = {}
    of = zip(_rows(leaf), above, strict=True)
    cell = np.array([groups.setdefault(key, len(groups)) for key in of], int)
    mean = _only(leaf, np.unique(cell, return_index=True)[1])
    mean["benchmark_id"] = np.array([benchmark for _, benchmark in groups], object)
    mean["score_directed"] = np.bincount(cell, weight * leaf["score_directed"]) / np.bincount(
        cell, weight
    )
    for name in ("n_leaves", "n_doubted"):
        mean[name] = np.bincount(cell, leaf[name]).astype(int)
    return mean


def _keys(columns: Columns) -> list[tuple[str, str]]:
    return list(zip(columns["source_model_key"], columns["variant_id"], strict=True))


def _rows(scores: Columns) -> NDArray[np.int64]:
    """Place of each row's model in the order of the keys."""
    keys = _keys(scores)
    place = {key: at for at, key in enumerate(sorted(set(keys)))}
    return np.array([place[key] for key in keys])


def _copies(about: Columns) -> Columns:
    """How many models have the same weights, and which of them stands for all."""
    group = np.unique(about["model_id"].astype(str), return_inverse=True)[1]
    keys = about["source_model_key"].astype(str)
    order = np.lexsort((keys, np.char.str_len(keys), -about["coverage"], group))
    is_first = np.zeros(len(keys), bool)
    is_first[order[np.unique(group[order], return_index=True)[1]]] = True
    return {"n_copies": np.bincount(group)[group], "is_first_copy": is_first}


def _matrix(scores: Columns, rows: Mapping[tuple, int]) -> tuple[NDArray, NDArray]:
    """Models (those in ``rows``) × benchmarks, NaN where there is no score, and the benchmarks."""
    row = np.array([rows.get(key, -1) for key in _keys(scores)])
    ids, column = np.unique(scores["benchmark_id"], return_inverse=True)
    wide = np.full((len(rows) + 1, len(ids)), np.nan)
    wide[row, column] = scores["score_directed"]
    return wide[:-1], ids


def _left_out(
    leaves: tuple[NDArray, NDArray], parts: Columns, ids: NDArray, columns: NDArray
) -> LeftOut:
    """The benchmarks ``ids`` without each dataset in turn, each as often as ``columns`` has it."""
    scores, leaf_ids = leaves
    parts = _only(parts, np.isin(parts["benchmark_id"], ids) & np.isin(parts["leaf_id"], leaf_ids))
    row, column = (
        np.searchsorted(ids, parts["benchmark_id"]),
        np.searchsorted(leaf_ids, parts["leaf_id"]),
    )
    weights, datasets = np.zeros((len(ids), len(leaf_ids))), np.full(len(leaf_ids), "", object)
    weights[row, column] = parts["weight"]
    datasets[column] = parts["dataset"]
    return LeftOut.of(scores, datasets, weights[columns])


def _with_own(scores: Columns, own: Mapping[str, Sequence], whole: NDArray) -> Columns:
    """Rows of models from outside, below the others; on benchmarks that these have.

    ``whole`` has the benchmark of every leaf.
    """
    ids = np.array(own["benchmark_id"], object)
    kept = np.isin(ids, scores["benchmark_id"])
    names = np.array(own["model"], object)[kept]
    more = {
        "source_model_key": np.array([f"own:{name}" for name in names], object),
        "variant_id": np.full(len(names), "", object),
        "source_model_name": names,
        "model_id": np.array([f"own:{name}" for name in names], object),
        "family": np.array([f"own:{name}" for name in names], object),
        "benchmark_id": ids[kept],
        "score_directed": np.array(own["score_directed"], float)[kept],
        "n_leaves": np.array([(whole == benchmark).sum() for benchmark in ids[kept]], int),
        "n_doubted": np.zeros(len(names), int),
    }
    return {name: np.concatenate([scores[name], column]) for name, column in more.items()}


def _fitting(
    columns: Columns, patterns: Iterable[str], kind: str, cohort_id: str
) -> NDArray[np.bool_]:
    """Rows with a name that fits a pattern in any case; every pattern has to fit something."""
    names = {name for column in columns.values() for name in column if name is not None}
    wanted: set[str] = set()
    for pattern in dict.fromkeys(patterns):
        found = {name for name in names if fnmatchcase(name.lower(), pattern.lower())}
        if not found:
            raise NothingToRank(
                f"no {kind} of {cohort_id} fits {pattern!r}. {names_like(pattern, sorted(names))}"
            )
        wanted |= found
    rows = zip(*columns.values(), strict=True)
    return np.array([not wanted.isdisjoint(row) for row in rows], bool)
