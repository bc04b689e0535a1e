"""How sure a rank is: benchmarks or rivals drawn anew, one benchmark left out, groups of ties."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.stats.aggregation.schemes import (
    REFERENCE,
    SCHEMES,
    TIED,
    Scheme,
    aggregate,
    rank,
    scheme_named,
)
from compute.stats.ranks import Floats, known_and_largest, score_matrix, tie_codes, weighted_ranks
from compute.stats.resampling import counted_items, in_slices, one_blas_thread, percentile_interval

N_RESAMPLES = 1_000
"""What the warehouse is built with: the limits of an interval are then good to a place or two."""

_INTERVALS = (
    "rank_low_benchmarks",
    "rank_high_benchmarks",
    "rank_low_models",
    "rank_high_models",
    "rank_min_left_out",
    "rank_max_left_out",
)
COLUMNS = ("score", "score_minmax", "score_rank", *_INTERVALS, "tie_group", "rank_shift")
"""What :func:`rankings` says of every model."""


@numba.njit(cache=True, nogil=True)
def _places(values, orders, counts, tied, out):
    """Place of each model against a reference cohort of ``counts``, on the scale 1 to n."""
    codes, ranks = np.empty(values.shape[1], np.int32), np.empty(values.shape[1])
    for r in range(values.shape[0]):
        n, largest = known_and_largest(values[r], orders[r])
        tie_codes(values[r], orders[r], n, tied * largest, codes)
        weighted_ranks(orders[r], codes, n, counts[r], ranks)
        total = 0.0
        for at in range(n):
            total += counts[r, orders[r, at]]
        for at in range(n):
            i = orders[r, at]
            rivals = total - counts[r, i]
            if rivals > 0:
                out[i, r] = 1 + (n - 1) * (rivals - ranks[i]) / 2 / rivals


def _in_chunks(work, n: int) -> list:
    """Run work on slices of n resamples, long enough for matrix products, short for the cache."""
    return in_slices(work, n, max(32, min(250, n // 8)))


def _over_benchmarks(scores: Floats, scheme: Scheme, n_resamples: int, seed: int) -> Floats:
    """Ranks, models × resamples. Equal draws are computed once: two benchmarks have but three."""
    k = scores.shape[1]
    drawn, at = counted_items(k, n_resamples, seed), slice(None)
    if math.comb(2 * k - 1, k) < n_resamples:
        drawn, at = np.unique(drawn, axis=0, return_inverse=True)
    under = scheme.by_benchmarks(scores)
    ranks = np.empty((len(scores), len(drawn)))

    def place(rows: slice) -> None:
        ranks[:, rows] = rank(under(drawn[rows])).T

    _in_chunks(place, len(drawn))
    return ranks[:, at]


def _over_models(scores: Floats, scheme: Scheme, n_resamples: int, seed: int) -> Floats:
    """Places against the drawn reference cohorts, models × resamples."""
    drawn = counted_items(len(scores), n_resamples, seed)
    against = scheme.by_models(scores)
    places = np.full((len(scores), n_resamples), np.nan)

    def place(rows: slice) -> None:
        values = against(drawn[rows])
        orders = np.argsort(values, axis=1)
        if len(values) == 1:  # the arithmetic mean takes nothing from other models
            values, orders = (np.repeat(a, len(drawn[rows]), axis=0) for a in (values, orders))
        _places(values, orders, drawn[rows], TIED, places[:, rows])

    _in_chunks(place, n_resamples)
    return places


def rank_intervals(
    scores: ArrayLike, scheme: str, over: str, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> tuple[Floats, Floats]:
    """95 % percentile interval of each model's rank when benchmarks or rivals are drawn anew.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``.
    over : {"benchmarks", "models"}
        What is drawn, with replacement and as many as there are.
    n_resamples : int
        Capped by the scheme (win rate 2,000; none for Plackett–Luce and Kemeny).
    seed : int
        Of NumPy's PCG64.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        NaN throughout for a scheme without resamples, and where there are fewer than two things
        to draw. A model with none of the drawn benchmarks has no rank in that resample and takes
        no place in it.

    Raises
    ------
    ValueError
        As :func:`aggregate`.

    Notes
    -----
    Over benchmarks the normalisation stays that of the cohort. Over models the reference cohort is
    resampled: all that a scheme takes from other models (mean, sd, median, MAD, extremes, ranks,
    majorities) is taken from the drawn ones, and *every* model, drawn or not, is then scored
    against them. Its place is 1 + (n − 1) × the share of the drawn rivals (its own copies left
    out) that score higher, an equal one counting half. On the cohort itself that is the average
    rank; first stays 1 and last n in any resample. The other way, ranking the drawn models among
    themselves, says nothing about a model in the 37 % of resamples that miss it, and its places
    depend on how many distinct models were drawn.
    """
    scores, found = score_matrix(scores), scheme_named(scheme)
    n_resamples = min(n_resamples, found.max_resamples)
    if n_resamples < 1 or scores.shape[over == "benchmarks"] < 2:
        return _nowhere(len(scores))
    draw = _over_models if over == "models" else _over_benchmarks
    return percentile_interval(draw(scores, found, n_resamples, seed))


def _nowhere(n: int) -> tuple[Floats, Floats]:
    return np.full(n, np.nan), np.full(n, np.nan)


def leave_one_out(scores: ArrayLike, scheme: str) -> tuple[Floats, Floats]:
    """Best and worst rank of each model when any one benchmark is left out.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``.

    Returns
    -------
    lowest, highest : ndarray, shape (n_models,)
        NaN for one benchmark, and for a model that the scheme does not rank.

    Raises
    ------
    ValueError
        As :func:`aggregate`.
    """
    scores = score_matrix(scores)
    n, k = scores.shape
    if k < 2:
        return _nowhere(n)
    with one_blas_thread():
        found = scheme_named(scheme).by_benchmarks(scores)(np.vstack([np.ones(k), 1 - np.eye(k)]))
    ranks = rank(found[1:])
    known = ~np.isnan(ranks)
    lowest = np.where(known, ranks, np.inf).min(0)
    highest = np.where(known, ranks, -np.inf).max(0)
    unranked = np.isnan(found[0]) | ~known.any(0)
    return np.where(unranked, np.nan, lowest), np.where(unranked, np.nan, highest)


def tie_groups(ranks: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Groups of models that the evidence does not tell apart from the best of the group.

    Parameters
    ----------
    ranks, low, high : array_like, shape (n_models,)
        Rank and its interval.

    Returns
    -------
    ndarray, shape (n_models,)
        1 for the group of the best model, then 2, …; NaN where the rank or interval is. Walking
        down the ranking, a model joins the group if its interval meets that of the group's leader
        (its first model), else it leads the next.
    """
    ranks, low, high = (np.asarray(a, float) for a in (ranks, low, high))
    group = np.full(len(ranks), np.nan)
    number, leader = 0, None
    for i in np.lexsort((high, low, ranks)):
        if np.isnan(ranks[i]) or np.isnan(low[i]):
            continue
        if leader is None or low[i] > high[leader] or high[i] < low[leader]:
            number, leader = number + 1, i
        group[i] = number
    return group


def rankings(
    scores: ArrayLike,
    schemes: Sequence[str] = tuple(SCHEMES),
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> dict[str, dict[str, NDArray]]:
    """Everything about the ranking of one set of models under several schemes.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    schemes : sequence of str
        Keys of ``SCHEMES``.
    n_resamples, seed : int
        Of both bootstraps.

    Returns
    -------
    dict of scheme to dict of column to ndarray, shape (n_models,)
        ``score``; ``score_minmax`` in [0, 1] (NaN where all are equal); ``score_rank`` (1 = best);
        ``rank_low_benchmarks`` … ``rank_high_models``, 95 % intervals; ``rank_min_left_out`` and
        ``rank_max_left_out``; ``tie_group`` by the interval over benchmarks; ``rank_shift``, places
        lost (+) or won (−) against the arithmetic mean.

    Raises
    ------
    ValueError
        As :func:`aggregate`.
    """
    scores = score_matrix(scores)
    # benchmarks in an order of their own: how the caller lists them decides nothing
    scores = np.ascontiguousarray(scores[:, np.lexsort(scores)])
    key = scores.tobytes(), scores.shape
    return {name: dict(_ranking(*key, name, n_resamples, seed)) for name in schemes}


@lru_cache(maxsize=64)
def _ranking(
    data: bytes, shape: tuple[int, int], name: str, n_resamples: int, seed: int
) -> dict[str, NDArray]:
    """Rank one scheme; a set that comes again (a level of another cohort) is not computed twice."""
    scores = np.frombuffer(data).reshape(shape)
    score = aggregate(scores, name)
    score_rank = rank(score)
    reference = rank(aggregate(scores, REFERENCE))
    nowhere = np.full(shape[0], np.nan)
    known = score[~np.isnan(score)]
    spread = np.ptp(known) if known.size else 0
    # without holes Borda orders models as the mean rank does, in every resample
    twin = "mean_rank" if name == "borda" and not np.isnan(scores).any() else name
    if twin != name:
        same = _ranking(data, shape, twin, n_resamples, seed)
        intervals = [same[column] for column in _INTERVALS]
    else:
        benchmarks, models = (
            rank_intervals(scores, name, over, n_resamples, seed)
            for over in ("benchmarks", "models")
        )
        intervals = [*benchmarks, *models, *leave_one_out(scores, name)]
    minmax = (score - known.min()) / spread if spread > 0 else nowhere
    group = tie_groups(score_rank, *intervals[:2])
    columns = score, minmax, score_rank, *intervals, group, score_rank - reference
    return dict(zip(COLUMNS, columns, strict=True))
