"""Correlation: Spearman, Pearson and Kendall of every pair of benchmarks, p-values and intervals.

Scores come as a matrix of models × benchmarks, NaN where a cell is missing; a pair is taken over
the models that both benchmarks scored, and ranked among those.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from compute.stats.ranks import (
    Floats,
    Ints,
    score_matrix,
    sort_columns,
    tie_codes,
    weighted_ranks,
)
from compute.stats.resampling import in_slices

_ROWS = 8
"""Models compared with all others at a time, so that their differences stay in the cache."""

_MANY_CELLS = 20_000_000
"""Models × pairs of benchmarks from which on several threads pay."""


# Estimates of every pair


@numba.njit(cache=True, nogil=True)
def _shared_order(order, codes, length, present, kept, kept_codes):
    """Models and codes of one benchmark that ``present`` has, and how many."""
    n = np.uint64(0)
    for at in range(length):
        kept[n] = order[at]
        kept_codes[n] = codes[at]
        n += np.uint64(present[order[at]])
    return n


@numba.njit(cache=True, nogil=True)
def _group_ends(codes, n, group, ends):
    """Number the tie groups of n places from 1, and say where each ends; group 0 ends at −1."""
    number, before = np.uint64(0), -1
    ends[0] = -1
    for at in range(n):
        number += np.uint64(codes[at] != before)
        before = codes[at]
        group[at] = number
        ends[number] = at


@numba.njit(cache=True, nogil=True)
def _pairwise(orders, codes, lengths, present, rows, estimate, shared):
    """Fill the rows of both matrices, from the diagonal on, and their mirror images.

    Ranks are doubled and centred: whole numbers, whose products are summed exactly. Places are
    unsigned and nothing is decided model by model: a negative index to be looked for and a guess
    that a hole or a tie proves wrong would each cost more than the rest.
    """
    n_benchmarks, n_models = present.shape
    kept, group = np.empty(n_models, np.uint32), np.empty(n_models, np.uint32)
    kept_codes, rank_a = np.empty(n_models, np.int32), np.empty(n_models, np.int32)
    ends = np.empty(n_models + 1, np.int32)
    one = np.uint64(1)
    for a in rows:
        shared[a, a] = lengths[a]
        estimate[a, a] = 1.0
        for b in range(a + 1, n_benchmarks):
            n = _shared_order(orders[a], codes[a], lengths[a], present[b], kept, kept_codes)
            shift = 2 - np.int64(n)
            shared[a, b] = shared[b, a] = n
            _group_ends(kept_codes, n, group, ends)
            for at in range(n):
                rank_a[kept[at]] = ends[group[at] - one] + ends[group[at]] + shift
            _shared_order(orders[b], codes[b], lengths[b], present[a], kept, kept_codes)
            _group_ends(kept_codes, n, group, ends)
            aa = bb = ab = 0
            for at in range(n):
                of_a = np.int64(rank_a[kept[at]])
                of_b = np.int64(ends[group[at] - one] + ends[group[at]] + shift)
                aa += of_a * of_a
                bb += of_b * of_b
                ab += of_a * of_b
            if aa > 0 and bb > 0:
                estimate[a, b] = estimate[b, a] = ab / np.sqrt(float(aa) * float(bb))


@numba.njit(cache=True, nogil=True)
def _pearson_pairs(columns, estimate):
    """Fill the upper triangle and its mirror image, in two passes over the shared models."""
    n_benchmarks, n_models = columns.shape
    first, second = np.empty(n_models), np.empty(n_models)
    for a in range(n_benchmarks):
        estimate[a, a] = 1.0
        for b in range(a + 1, n_benchmarks):
            n = 0
            for i in range(n_models):
                first[n], second[n] = columns[a, i], columns[b, i]
                n += not (np.isnan(first[n]) or np.isnan(second[n]))
            if n < 2 or first[:n].max() == first[:n].min() or second[:n].max() == second[:n].min():
                continue
            mean_a, mean_b = first[:n].mean(), second[:n].mean()
            aa = bb = ab = 0.0
            for i in range(n):
                of_a, of_b = first[i] - mean_a, second[i] - mean_b
                aa += of_a * of_a
                bb += of_b * of_b
                ab += of_a * of_b
            estimate[a, b] = estimate[b, a] = min(1.0, max(-1.0, ab / np.sqrt(aa * bb)))


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
    """
    columns = np.ascontiguousarray(score_matrix(scores).T)
    estimate = np.full((len(columns), len(columns)), np.nan)
    _pearson_pairs(columns, estimate)
    return estimate


def pairwise_spearman(scores: ArrayLike) -> tuple[Floats, Ints]:
    """Spearman of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.

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
    the shared models, so this equals ``scipy.stats.spearmanr`` on the rows
    without a NaN.
    """
    scores = score_matrix(scores)
    n, k = scores.shape
    orders, present = sort_columns(scores), (~np.isnan(scores)).T.astype(np.uint8)
    estimate, shared = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    size = 8 if n * k * k / 2 > _MANY_CELLS else max(k, 1)
    rows = np.arange(k)
    in_slices(lambda at: _pairwise(*orders, present, rows[at], estimate, shared), k, size)
    return estimate, shared


def mean_off_diagonal(estimate: ArrayLike) -> float:
    """Mean of the unique off-diagonal entries that are not NaN; NaN if there is none."""
    estimate = np.asarray(estimate, float)
    above = estimate[np.triu_indices(len(estimate), 1)]
    known = above[~np.isnan(above)]
    return float(known.mean()) if known.size else float("nan")


def kendall_tau_b(scores: ArrayLike) -> tuple[Floats, Ints, Floats]:
    """Kendall τ-b of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric, 1 on the diagonal; NaN where a benchmark is constant over the shared models.
    n_models : ndarray of int, same shape
    p_value : ndarray, same shape
        Two-sided, by the normal approximation with correction for ties, as
        ``scipy.stats.kendalltau(method="asymptotic")``. NaN on the diagonal.

    Notes
    -----
    With s the signs of all differences between two models (0 where a score is missing), the
    concordant minus the discordant pairs of two benchmarks are a product s_aᵀ s_b: whole numbers,
    exact in any order.
    """
    scores = score_matrix(scores)
    n, k = scores.shape
    present = (~np.isnan(scores)).astype(float)
    # sums of so many signs are whole numbers that single precision holds up to 2^24
    kind = np.float32 if n * (n - 1) // 2 < 2**24 else np.float64
    score, untied = np.zeros((2, k, k))  # untied in a, and present in b
    for i in range(0, n - 1, _ROWS):
        some = min(_ROWS, n - 1 - i)
        one, other = np.nonzero(np.arange(n)[None, :] > np.arange(i, i + some)[:, None])
        signs, both = np.empty((2, len(one), k), kind)
        one += i
        with np.errstate(invalid="ignore"):
            np.sign(scores[one] - scores[other], out=signs)
        both[:] = ~np.isnan(signs)
        np.nan_to_num(signs, copy=False)
        score += signs.T @ signs
        untied += np.abs(signs).T @ both
    estimate = np.full((k, k), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        np.divide(score, np.sqrt(untied * untied.T), out=estimate)
    shared = (present.T @ present).astype(np.int64)
    estimate[~np.isfinite(estimate)] = np.nan
    np.fill_diagonal(estimate, 1.0)
    ties = np.empty((3, k, k))
    _tie_sums(*sort_columns(scores), present.T.astype(np.uint8), ties)
    z = np.full((k, k), np.nan)
    variance = _kendall_variance(shared, ties)
    np.divide(score, np.sqrt(variance), out=z, where=variance > 0)
    np.fill_diagonal(z, np.nan)
    return np.clip(estimate, -1, 1), shared, 2 * stats.norm.sf(np.abs(z))


@numba.njit(cache=True, nogil=True)
def _tie_sums(orders, codes, lengths, present, sums):
    """Σ t(t − 1)(2t + 5), Σ t(t − 1) and Σ t(t − 1)(t − 2) of a's ties among the models of b."""
    for a in range(lengths.size):
        for b in range(lengths.size):
            sums[:, a, b] = 0
            start = 0
            while start < lengths[a]:
                stop, t = start, 0.0
                while stop < lengths[a] and codes[a, stop] == codes[a, start]:
                    t += present[b, orders[a, stop]]
                    stop += 1
                sums[0, a, b] += t * (t - 1) * (2 * t + 5)
                sums[1, a, b] += t * (t - 1)
                sums[2, a, b] += t * (t - 1) * (t - 2)
                start = stop


def _kendall_variance(n: Ints, ties: Floats) -> Floats:
    """Null variance of concordant minus discordant pairs under ties (Kendall 1970, ch. 5)."""
    pairs = n * (n - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (pairs * (2 * n + 5) - ties[0] - ties[0].T) / 18
        variance += ties[1] * ties[1].T / (2 * pairs)
        variance += ties[2] * ties[2].T / (9 * pairs * (n - 2))
    return np.where(n < 3, 0, variance)


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
    everything = np.column_stack([scores, covariate])
    k = scores.shape[1]
    estimate, n_models = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    present = (~np.isnan(everything)).T.astype(float)
    _partial_pairs(*sort_columns(everything), present, estimate, n_models)
    return estimate, n_models


@numba.njit(cache=True, nogil=True)
def _partial_pairs(orders, codes, lengths, present, estimate, n_models):
    """Fill the upper triangle and its mirror image; the covariate stands last."""
    k, n = orders.shape[0] - 1, orders.shape[1]
    ranks, square, r = np.empty((3, n)), np.empty(3), np.empty(3)
    for a in range(k):
        for b in range(a + 1, k):
            shared = present[a] * present[b] * present[k]
            n_models[a, b] = n_models[b, a] = shared.sum()
            for at, column in enumerate((a, b, k)):
                square[at] = weighted_ranks(
                    orders[column], codes[column], lengths[column], shared, ranks[at]
                )
            if n_models[a, b] < 4 or square.min() <= 0:
                continue
            r[:] = 0
            for i in range(n):
                if shared[i] > 0:
                    r[0] += ranks[0, i] * ranks[1, i]
                    r[1] += ranks[0, i] * ranks[2, i]
                    r[2] += ranks[1, i] * ranks[2, i]
            r /= np.sqrt(
                np.array([square[0] * square[1], square[0] * square[2], square[1] * square[2]])
            )
            scale = np.sqrt(max((1 - r[1] ** 2) * (1 - r[2] ** 2), 0.0))
            if scale > 1e-12:
                partial = (r[0] - r[1] * r[2]) / scale
                estimate[a, b] = estimate[b, a] = min(1.0, max(-1.0, partial))


@numba.njit(cache=True, nogil=True)
def weighted_pearson(x, y, weights):
    """Pearson of entries that stand ``weights`` times each; NaN where one side is constant."""
    total = mean_x = mean_y = 0.0
    for i in range(x.size):
        total += weights[i]
        mean_x += weights[i] * x[i]
        mean_y += weights[i] * y[i]
    mean_x /= total
    mean_y /= total
    xx = yy = xy = 0.0
    for i in range(x.size):
        dx, dy = x[i] - mean_x, y[i] - mean_y
        xx += weights[i] * dx * dx
        yy += weights[i] * dy * dy
        xy += weights[i] * dx * dy
    return xy / np.sqrt(xx * yy) if xx > 0 and yy > 0 else np.nan


@numba.njit(cache=True, nogil=True)
def weighted_spearman(x, y, weights):
    """:func:`weighted_pearson` of the average ranks among these entries."""
    codes = np.empty(x.size, np.int64)
    ranks = np.empty((2, x.size))
    square = 1.0
    for row, values in enumerate((x, y)):
        order = np.argsort(values)
        tie_codes(values, order, x.size, 0.0, codes)
        square *= weighted_ranks(order, codes, x.size, weights, ranks[row])
    product = 0.0
    for i in range(x.size):
        product += weights[i] * ranks[0, i] * ranks[1, i]
    return min(1.0, max(-1.0, product / np.sqrt(square))) if square > 0 else np.nan


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


def correlation_interval(
    estimate: ArrayLike, n: ArrayLike, is_spearman: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fisher-z interval of correlations, with the Bonett–Wright standard error for Spearman.

    Parameters
    ----------
    estimate : array_like of float
        Correlations in [−1, 1], any shape.
    n : array_like of int
        Number of models each estimate rests on.
    is_spearman : array_like of bool
        True: se = √((1 + r²/2) / (n − 3)); False (Pearson): se = 1 / √(n − 3).
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray of float
        Limits in [−1, 1]. NaN where the estimate is NaN or n < 4.

    Raises
    ------
    ValueError
        An estimate lies outside [−1, 1] by more than rounding, or ``confidence`` outside (0, 1).

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65(1), eq. for Spearman's variance.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), is {confidence}")
    estimate, n, is_spearman = np.broadcast_arrays(
        np.asarray(estimate, float), np.asarray(n, float), np.asarray(is_spearman, bool)
    )
    estimate = _bounded(estimate)
    variance = np.where(is_spearman, 1 + estimate**2 / 2, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance / (n - 3))
        z = np.arctanh(estimate)
        low, high = np.tanh(z - margin), np.tanh(z + margin)
    unknown = (n < 4) | np.isnan(estimate)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def fieller_interval(
    estimate: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of Kendall's τ: Fisher z with the variance .437 / (n − 4).

    Parameters
    ----------
    estimate : array_like of float
        τ in [−1, 1].
    n : array_like of int
        Models each estimate rests on.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray
        NaN where the estimate is NaN or n < 5.

    References
    ----------
    Fieller, Hartley & Pearson (1957), Tests for rank correlation coefficients I, Biometrika 44.
    """
    estimate, n = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(n, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(0.437 / (n - 4))
        z = np.arctanh(estimate)
        low, high = np.tanh(z - margin), np.tanh(z + margin)
    unknown = (n < 5) | np.isnan(estimate)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def minimum_detectable(n: ArrayLike, n_tests: ArrayLike, alpha: float = 0.05) -> Floats:
    """Smallest absolute correlation that Bonferroni over ``n_tests`` could call significant.

    Parameters
    ----------
    n : array_like of int
        Models per correlation.
    n_tests : array_like of int
        Pairs in the matrix.
    alpha : float
        Level before the correction.

    Returns
    -------
    ndarray
        r = t / √(n − 2 + t²) at the two-sided critical t; NaN where n < 3.
    """
    n, n_tests = np.broadcast_arrays(np.asarray(n, float), np.asarray(n_tests, float))
    t = stats.t.isf(alpha / n_tests / 2, np.maximum(n - 2, 1))
    return np.where(n < 3, np.nan, t / np.sqrt(n - 2 + t**2))


def _bounded(estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.any(np.abs(estimate) > 1 + 1e-9):
        raise ValueError("a correlation lies outside [-1, 1]")
    return np.clip(estimate, -1, 1)
