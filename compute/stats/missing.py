"""What a way of treating missing cells, or of averaging ranks, does to a set of scores."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compute.stats.aggregation import aggregate
from compute.stats.correlation import pairwise_spearman
from compute.stats.ranks import round_significant

Floats = NDArray[np.float64]


def correlation_pairs(
    scores: ArrayLike, names: Sequence[str]
) -> tuple[list[str], list[str], NDArray[np.int64], Floats, Floats]:
    """Spearman and Pearson of every pair of columns over the rows in which both are present.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    names : sequence of str
        One per column.

    Returns
    -------
    first, second : list of str
        The unordered pairs, in the order of the columns.
    n_models : ndarray of int
        Rows that a pair shares.
    spearman, pearson : ndarray
        NaN where a pair shares fewer than three rows or a column is constant over them. Ranks are
        average ranks inside the shared rows.

    Raises
    ------
    ValueError
        As many names as columns are needed.
    """
    table = pd.DataFrame(np.asarray(scores, float))
    if table.shape[1] != len(names):
        raise ValueError(f"{len(names)} names for {table.shape[1]} columns")
    above = np.triu_indices(len(names), 1)
    present = table.notna().to_numpy(int)
    shared = (present.T @ present)[above]
    estimates = (table.corr(m, min_periods=3).to_numpy()[above] for m in ("spearman", "pearson"))
    spearman, pearson = (np.where(np.isfinite(e), np.clip(e, -1, 1), np.nan) for e in estimates)
    first, second = ([names[i] for i in part] for part in above)
    return first, second, shared, spearman, pearson


TIES = ("average", "min", "ordinal")
DIRECTIONS = ("ascending", "descending", "reciprocal")
READING = dict.fromkeys(("ties", "direction", "missing_ranks", "reference"), "str")
READING |= dict.fromkeys(("mean_rank_spearman", "z_mean_spearman"), "float64")
READING |= dict.fromkeys(("n_models", "n_parts"), "int64")
"""Columns of :func:`aggregation_readings`, and their types."""


def mean_rank(
    scores: ArrayLike, ties: str = "average", direction: str = "ascending", last: bool = False
) -> Floats:
    """Mean over columns of each row's rank, turned so that higher is better.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_parts)
        Higher is better; NaN where a cell is missing.
    ties : {"average", "min", "ordinal"}
        What equal scores share; ordinal gives them the order of the rows.
    direction : {"ascending", "descending", "reciprocal"}
        1 is the worst; 1 is the best and the mean is negated; 1 is the best and the mean of 1/rank
        is taken. The first two differ in ties and in missing cells alone.
    last : bool
        Rank a missing cell below all others; else it takes no part in the mean.

    Returns
    -------
    ndarray, shape (n_models,)
        NaN for a row without any score.
    """
    if ties not in TIES or direction not in DIRECTIONS:
        raise ValueError(f"no reading with ties {ties!r} and direction {direction!r}")
    table = pd.DataFrame(np.asarray(scores, float))
    is_ascending = direction == "ascending"
    ranks = table.rank(
        method="first" if ties == "ordinal" else ties,
        ascending=is_ascending,
        na_option=("top" if is_ascending else "bottom") if last else "keep",
    )
    if direction == "reciprocal":
        ranks = 1 / ranks
    mean = ranks.mean(axis=1).to_numpy()
    return -mean if direction == "descending" else mean


def aggregation_readings(scores: ArrayLike, overall: ArrayLike) -> dict[str, list]:
    """Spearman of the mean rank and of the z-mean with the arithmetic mean, for each reading.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_parts)
        The parts that are averaged, at one level of a hierarchy; NaN where missing.
    overall : array_like, shape (n_models,)
        The published way of averaging.

    Returns
    -------
    dict of str to list
        Columns :data:`READING`, one entry per way of breaking ties, direction of ranks, treatment
        of missing ranks (one alone where nothing is missing) and arithmetic mean to compare with
        (``overall``, or ``parts``: the plain mean of the parts).
    """
    scores = np.asarray(scores, float)
    missing = ("none",) if not np.isnan(scores).any() else ("left out", "last")
    tried = list(itertools.product(TIES, DIRECTIONS, missing))
    averages = [overall, aggregate(scores, "arithmetic_mean"), aggregate(scores, "z_mean")]
    averages += [mean_rank(scores, ties, turned, where == "last") for ties, turned, where in tried]
    estimate, shared = pairwise_spearman(round_significant(averages).T)
    estimate[shared < 3] = np.nan
    rows = [
        (*reading, reference, estimate[at, 3 + k], estimate[at, 2], *scores.shape)
        for k, reading in enumerate(tried)
        for at, reference in enumerate(("overall", "parts"))
    ]
    return dict(zip(READING, map(list, zip(*rows, strict=True)), strict=True))
