"""Correlation: Spearman and Pearson of every pair of benchmarks, p-values and intervals.

Scores come as a matrix of models × benchmarks, NaN where a cell is missing; a pair is taken over
the models that both benchmarks scored, and ranked among those.
"""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from compute.stats.ranks import Floats, Ints, Orders, score_matrix, sort_columns, weighted_ranks
from compute.stats.resampling import in_slices, one_blas_thread

METHODS = ("pearson", "spearman", "kendall")

_MANY_CELLS = 20_000_000
"""Models × pairs of benchmarks from which on several threads pay."""


# Estimates of every pair


@numba.njit(cache=True, nogil=True)
def _spearman_pairs(orders, codes, lengths, present, is_partial, asked, rows, estimate, shared):
    """Fill some rows of both matrices, from the diagonal on, and their mirror images.

    With ``is_partial`` the last column is the covariate: it is held fixed, and pairs are taken over
    the models that have it. Doubled, centred ranks are whole numbers, so that sums are exact.
    """
    k, n = orders.shape[0] - is_partial, orders.shape[1]
    columns = np.array([0, 0, k][: 2 + is_partial])
    ranks, square, r = np.empty((3, n)), np.ones(3), np.zeros(3)
    for a in rows:
        shared[a, a] = lengths[a]
        estimate[a, a] = np.nan if is_partial else 1.0
        for b in range(a + 1, k):
            if not asked[a, b]:
                continue
            both = present[a] * present[b]
            if is_partial:
                both *= present[k]
            n_shared = both.sum()
            shared[a, b] = shared[b, a] = n_shared
            columns[0], columns[1] = a, b
            for at, column in enumerate(columns):
                square[at] = weighted_ranks(
                    orders[column], codes[column], lengths[column], both, ranks[at]
                )
            if square.min() <= 0 or (is_partial and n_shared < 4):
                continue
            r[:] = 0
            for i in range(n):
                if both[i] > 0:
                    r[0] += ranks[0, i] * ranks[1, i]
                    if is_partial:
                        r[1] += ranks[0, i] * ranks[2, i]
                        r[2] += ranks[1, i] * ranks[2, i]
            value = r[0] / np.sqrt(square[0] * square[1])
            if is_partial:
                of_a = r[1] / np.sqrt(square[0] * square[2])
                of_b = r[2] / np.sqrt(square[1] * square[2])
                rest = np.sqrt(max((1 - of_a**2) * (1 - of_b**2), 0.0))
                value = (value - of_a * of_b) / rest if rest > 1e-12 else np.nan
            if not np.isnan(value):
                estimate[a, b] = estimate[b, a] = min(1.0, max(-1.0, value))


@numba.njit(cache=True, nogil=True)
def _rank_columns(order, codes, lengths, weights, columns, ranks, square):
    """Doubled, centred ranks of columns among the models of weight 1, 0 elsewhere."""
    ranks[:] = 0
    for at, column in enumerate(columns):
        square[at] = weighted_ranks(
            order[column], codes[column], lengths[column], weights, ranks[at]
        )
        ranks[at] *= weights


def _spearman_blocks(
    orders: Orders,
    present: Floats,
    is_partial: bool,
    groups: list[Ints],
    rows: slice,
    estimate: Floats,
    shared: Ints,
) -> None:
    """As :func:`_spearman_pairs`, where many columns miss the same models and rank as a block.

    Ranks are whole numbers, so products of matrices are exact, and both ways give the same bits.
    """

    def ranked(columns: Ints, both: Floats) -> tuple[Floats, Floats]:
        ranks, square = np.empty((len(columns), both.size)), np.empty(len(columns))
        _rank_columns(*orders, both, columns, ranks, square)
        return ranks, np.where(square > 0, square, np.nan)

    for a, one in enumerate(groups[rows], rows.start):
        for other in groups[a:]:
            both = present[one[0]] * present[other[0]] * (present[-1] if is_partial else 1)
            (x, xx), (y, yy) = ranked(one, both), ranked(other, both)
            value = x @ y.T / np.sqrt(xx[:, None] * yy)
            if is_partial:
                z, zz = ranked(np.array([len(present) - 1]), both)
                of_x, of_y = (r @ z[0] / np.sqrt(rr * zz) for r, rr in ((x, xx), (y, yy)))
                rest = np.sqrt(np.maximum(np.multiply.outer(1 - of_x**2, 1 - of_y**2), 0))
                value = value - np.multiply.outer(of_x, of_y)
                value = np.divide(value, rest, out=np.full(rest.shape, np.nan), where=rest > 1e-12)
            n_shared = int(both.sum())
            if is_partial and n_shared < 4:
                value[:] = np.nan
            at = np.ix_(one, other)
            shared[at] = shared[np.ix_(other, one)] = n_shared
            estimate[at] = np.clip(value, -1, 1)
            estimate[np.ix_(other, one)] = estimate[at].T
    of_rows = np.concatenate(groups[rows])
    estimate[of_rows, of_rows] = np.nan if is_partial else 1.0
    shared[of_rows, of_rows] = orders.lengths[of_rows]


def rows_at_once(n: int, k: int) -> int:
    """Rows of a matrix of k × k pairs over n models that one thread takes at a time."""
    return 8 if n * k * k / 2 > _MANY_CELLS else max(k, 1)


def _spearman(
    columns: Floats, is_partial: bool, asked: NDArray[np.bool_] | None = None
) -> tuple[Floats, Ints]:
    n, k = columns.shape
    orders, present = sort_columns(columns), (~np.isnan(columns)).T.astype(float)
    estimate, shared = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    estimate, shared = (m[: k - is_partial, : k - is_partial] for m in (estimate, shared))
    has = np.packbits(present[: k - is_partial] > 0, axis=1)
    patterns, group = np.unique(has, axis=0, return_inverse=True)
    if asked is None and 2 * len(patterns) <= k:
        groups = [np.flatnonzero(group.ravel() == g) for g in range(len(patterns))]
        in_slices(
            lambda at: _spearman_blocks(orders, present, is_partial, groups, at, estimate, shared),
            len(groups),
            1 if n * k * k / 2 > _MANY_CELLS else max(len(groups), 1),
        )
        return estimate, shared
    asked = np.ones((k, k), bool) if asked is None else asked
    rows = np.arange(k - is_partial)
    in_slices(
        lambda at: _spearman_pairs(*orders, present, is_partial, asked, rows[at], estimate, shared),
        len(rows),
        rows_at_once(n, k),
    )
    return estimate, shared


def pairwise_spearman(
    scores: ArrayLike, asked: NDArray[np.bool_] | None = None
) -> tuple[Floats, Ints]:
    """Spearman of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    asked : ndarray of bool, shape (n_benchmarks, n_benchmarks), optional
        Symmetric: pairs that matter, where not all; the others get NaN, and 0 models.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric, 1 on the diagonal; NaN where a pair shares fewer than two models or one of the
        benchmarks is constant over them.
    n_models : ndarray of int, same shape
        Models that the pair shares.

    Raises
    ------
    ValueError
        Not a matrix, or an infinity in it.

    Notes
    -----
    Each benchmark is sorted once; a pair costs a few linear passes. Ranks are average ranks inside
    the shared models, so this equals ``scipy.stats.spearmanr`` on the rows without a NaN.
    """
    return _spearman(score_matrix(scores), False, asked)


def partial_spearman(scores: ArrayLike, covariate: ArrayLike) -> tuple[Floats, Ints]:
    """Spearman of every pair of benchmarks with a covariate held fixed.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    covariate : array_like, shape (n_models,)
        For example ImageNet top-1; NaN where unknown.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        First-order partial correlation of average ranks over the models that have all three
        scores; NaN where one of them is constant or the covariate decides another fully.
    n_models : ndarray of int, same shape

    Notes
    -----
    ``pingouin.partial_corr(method="spearman")`` on the same rows.
    """
    scores, covariate = score_matrix(scores), np.asarray(covariate, float)
    if covariate.shape != scores.shape[:1]:
        raise ValueError(f"covariate has shape {covariate.shape}, scores {scores.shape}")
    return _spearman(np.column_stack([scores, covariate]), True)


def mean_off_diagonal(estimate: ArrayLike) -> float:
    """Mean of the unique off-diagonal entries that are not NaN; NaN if there is none."""
    estimate = np.asarray(estimate, float)
    above = estimate[np.triu_indices(len(estimate), 1)]
    known = above[~np.isnan(above)]
    return float(known.mean()) if known.size else float("nan")


@numba.njit(cache=True, nogil=True)
def weighted_pearson(x, y, weights):
    """Pearson of entries that stand ``weights`` times each; NaN where a side does not vary."""
    total = mean_x = mean_y = 0.0
    for i in range(x.size):
        total += weights[i]
        mean_x += weights[i] * x[i]
        mean_y += weights[i] * y[i]
    if total == 0:
        return np.nan
    mean_x /= total
    mean_y /= total
    xx = yy = xy = 0.0
    for i in range(x.size):
        dx, dy = x[i] - mean_x, y[i] - mean_y
        xx += weights[i] * dx * dx
        yy += weights[i] * dy * dy
        xy += weights[i] * dx * dy
    # the mean of equal numbers is not always that number: what rounding leaves is no variation
    is_flat = xx <= 1e-28 * total * mean_x**2 or yy <= 1e-28 * total * mean_y**2
    return xy / np.sqrt(xx * yy) if not is_flat else np.nan


def pairwise_pearson(scores: ArrayLike) -> Floats:
    """Pearson correlation of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.

    Returns
    -------
    ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric, 1 on the diagonal; NaN where a pair shares fewer than two models or one of the
        benchmarks is constant over them.

    Raises
    ------
    ValueError
        Not a matrix, or an infinity in it.

    Notes
    -----
    Sums over shared models are matrix products with the mask of present cells, so that no pair is
    visited by itself. Columns are centred on their own mean first: what cancels is then small.
    """
    mask, centred = _centred(scores)
    with one_blas_thread():
        n, own = mask.T @ mask, _over(centred, mask)
        estimate = _pearson(n, centred.T @ centred, own, tuple(part.T for part in own))
    np.fill_diagonal(estimate, 1.0)
    return estimate


def pearson_between(one: ArrayLike, other: ArrayLike) -> Floats:
    """Pearson correlation of every column of one matrix with every column of another.

    Parameters
    ----------
    one : array_like, shape (n_models, n_a)
        NaN where a cell is missing.
    other : array_like, shape (n_models, n_b)
        Likewise.

    Returns
    -------
    ndarray, shape (n_a, n_b)
        NaN as in :func:`pairwise_pearson`, by whose sums it is made.
    """
    (mask_a, a), (mask_b, b) = _centred(one), _centred(other)
    with one_blas_thread():
        of_b = tuple(part.T for part in _over(b, mask_a))
        return _pearson(mask_a.T @ mask_b, a.T @ b, _over(a, mask_b), of_b)


def _centred(scores: ArrayLike) -> tuple[Floats, Floats]:
    """Which cells are present, and the cells less the mean of their column, 0 if missing."""
    scores = score_matrix(scores)
    present = ~np.isnan(scores)
    mask, filled = present.astype(float), np.where(present, scores, 0)
    return mask, np.where(present, scores - filled.sum(0) / np.maximum(mask.sum(0), 1), 0)


def _over(centred: Floats, mask: Floats) -> tuple[Floats, Floats]:
    """Sum, and sum of squares, of column i over what column j of the mask has."""
    return centred.T @ mask, (centred**2).T @ mask


def _pearson(
    n: Floats, cross: Floats, one: tuple[Floats, Floats], other: tuple[Floats, Floats]
) -> Floats:
    """Correlations from sums over shared models; NaN where one side does not vary."""
    spreads = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for total, square in (one, other):
            spread = square - total**2 / n
            spread[spread <= 1e-12 * square] = np.nan
            spreads.append(spread)
        estimate = (cross - one[0] * other[0] / n) / np.sqrt(spreads[0] * spreads[1])
    return np.clip(estimate, -1, 1)


# p-values and intervals


def correlation_p_value(estimate: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    r"""Two-sided p-value of Pearson or Spearman correlations by Student's t with n − 2 df.

    Parameters
    ----------
    estimate : array_like of float
        Correlations in [−1, 1], any shape.
    n : array_like of int
        Number of models each estimate rests on; broadcast against ``estimate``.

    Returns
    -------
    ndarray of float
        p-values in [0, 1]; 0 where \|estimate\| = 1. NaN where the estimate is NaN or n < 3.

    Raises
    ------
    ValueError
        An estimate lies outside [−1, 1] by more than rounding.

    Notes
    -----
    The p-value of ``scipy.stats.pearsonr`` and, with average ranks, ``scipy.stats.spearmanr``:
    under t = r √((n − 2) / (1 − r²)) the two-sided tail is the regularised incomplete beta function
    I(1 − r²; (n − 2)/2, 1/2) = 1 − I(r²; 1/2, (n − 2)/2). Whichever side is the smaller is
    computed, so that no digits are lost near r = 0 or 1.
    """
    estimate, n = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(n, float))
    estimate = _bounded(estimate)
    with np.errstate(invalid="ignore"):
        half = np.maximum(n - 2, 0.5) / 2
        inside = special.betainc(0.5, half, estimate**2)
        outside = special.betainc(half, 0.5, (1 - estimate) * (1 + estimate))
        p = np.where(inside < 0.5, 1 - inside, outside)
    return np.where((n < 3) | np.isnan(estimate), np.nan, p)


def correlation_interval(estimate: ArrayLike, n: ArrayLike, method: str) -> tuple[Floats, Floats]:
    """95 % interval of correlations by Fisher's z.

    Parameters
    ----------
    estimate : array_like of float
        Correlations in [−1, 1], any shape.
    n : array_like of int
        Number of models each estimate rests on.
    method : {"pearson", "spearman", "kendall"}
        The variance of z is 1 / (n − 3), (1 + r² / 2) / (n − 3) or .437 / (n − 4).

    Returns
    -------
    low, high : ndarray of float
        Limits in [−1, 1]. NaN where the estimate is NaN or n < 4 (Kendall: 5).

    Raises
    ------
    ValueError
        An estimate lies outside [−1, 1] by more than rounding, or there is no such method.

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65(1), for Spearman's variance; Fieller, Hartley & Pearson (1957),
    Tests for rank correlation coefficients I, Biometrika 44, for Kendall's.
    """
    estimate, n = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(n, float))
    estimate = _bounded(estimate)
    if method not in METHODS:
        raise ValueError(f"no interval of {method!r}")
    free = n - (4 if method == "kendall" else 3)
    factor = {"pearson": 1.0, "spearman": 1 + estimate**2 / 2, "kendall": 0.437}[method]
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = stats.norm.ppf(0.975) * np.sqrt(factor / free)
        z = np.arctanh(estimate)
        low, high = np.tanh(z - margin), np.tanh(z + margin)
    unknown = (free < 1) | np.isnan(estimate)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def minimum_detectable(n: ArrayLike, n_tests: ArrayLike) -> Floats:
    """Smallest absolute correlation that Bonferroni over ``n_tests`` could call significant at 5 %.

    Parameters
    ----------
    n : array_like of int
        Models per correlation.
    n_tests : array_like of int
        Pairs in the matrix.

    Returns
    -------
    ndarray
        r = t / √(n − 2 + t²) at the two-sided critical t; NaN where n < 3.
    """
    n, n_tests = np.broadcast_arrays(np.asarray(n, float), np.asarray(n_tests, float))
    t = stats.t.isf(0.05 / n_tests / 2, np.maximum(n - 2, 1))
    return np.where(n < 3, np.nan, t / np.sqrt(n - 2 + t**2))


def _bounded(estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.any(np.abs(estimate) > 1 + 1e-9):
        raise ValueError("a correlation lies outside [-1, 1]")
    return np.clip(estimate, -1, 1)
