"""Correlation: Spearman, Pearson and Kendall of every pair of benchmarks, p-values and intervals.

Scores come as a matrix of models × benchmarks, NaN where a cell is missing; a pair is taken over
the models that both benchmarks scored, and ranked among those.
"""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from compute.stats.ranks import Floats, Ints, score_matrix, sort_columns, weighted_ranks
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


def _rows_at_once(n: int, k: int) -> int:
    """Rows of a matrix of k × k pairs over n models that one thread takes at a time."""
    return 8 if n * k * k / 2 > _MANY_CELLS else max(k, 1)


def _spearman(
    columns: Floats, is_partial: bool, asked: NDArray[np.bool_] | None = None
) -> tuple[Floats, Ints]:
    n, k = columns.shape
    asked = np.ones((k, k), bool) if asked is None else asked
    orders, present = sort_columns(columns), (~np.isnan(columns)).T.astype(float)
    estimate, shared = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    estimate, shared = (m[: k - is_partial, : k - is_partial] for m in (estimate, shared))
    rows = np.arange(k - is_partial)
    in_slices(
        lambda at: _spearman_pairs(*orders, present, is_partial, asked, rows[at], estimate, shared),
        len(rows),
        _rows_at_once(n, k),
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
    Models are gone through in the order of one benchmark, with a tree of the counts below each
    score of the other: n log n steps for n models (Christensen 2005, Fast algorithms for the
    calculation of Kendall's τ, Comput. Stat. 20). All are whole numbers, exact in any order.
    """
    return kendall_by_family(scores, np.zeros(len(np.asarray(scores)), int))[:3]


def kendall_by_family(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Ints, Floats, Floats]:
    """Kendall τ-b of every pair of benchmarks, and what it is without each family of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    labels : array_like, shape (n_models,)
        Family of each model.

    Returns
    -------
    estimate, n_models, p_value
        As of :func:`kendall_tau_b`.
    without : ndarray, shape (n_families, n_benchmarks, n_benchmarks)
        In the sorted order of the labels.

    Notes
    -----
    The pairs that touch a family are those of each of its models with all others, less those
    within it, so that leaving one out costs little.
    """
    scores = score_matrix(scores)
    k = scores.shape[1]
    present = (~np.isnan(scores)).astype(float)
    sums, touched = _sign_sums(scores, np.unique(labels, return_inverse=True)[1])
    shared = (present.T @ present).astype(np.int64)
    ties = np.empty((3, k, k))
    _tie_sums(*sort_columns(scores), present.T.astype(np.uint8), ties)
    z = np.full((k, k), np.nan)
    variance = _kendall_variance(shared, ties)
    np.divide(sums[0], np.sqrt(np.maximum(variance, 0)), out=z, where=variance > 0)
    np.fill_diagonal(z, np.nan)
    without = np.array([_tau(*(sums - part)) for part in touched])
    return _tau(*sums), shared, 2 * stats.norm.sf(np.abs(z)), without


@numba.njit(cache=True, nogil=True)
def _sums_of(models, codes, shared, codes_b, count, tree, by_model):
    """Concordant minus discordant, untied in a, untied in b: twice their sums over pairs of models.

    ``models`` stand in the order of a, ``codes`` tell their ties in it; those that are not shared
    are passed over. ``count`` and ``tree`` (Fenwick's) hold how many models so far have each code
    in b; they come and leave empty. Fills what each model has with all others.
    """
    sums, n, before = np.zeros(3), 0, 0
    start = 0
    while start < models.size:
        stop = start + 1
        while stop < models.size and codes[stop] == codes[start]:
            stop += 1
        for is_after in range(2):  # without the models that tie with these in a, and with them
            for at in range(start, stop):
                i = models[at]
                if not shared[i]:
                    continue
                code, below = codes_b[i], 0
                place = code
                while place > 0:
                    below += tree[place]
                    place -= place & -place
                above = n - below - count[code]
                if is_after:
                    by_model[0, i] += below - above
                    by_model[1, i] = -(n - before)
                else:
                    by_model[0, i] = below - above
            if is_after:
                break
            before = n
            for at in range(start, stop):
                i = models[at]
                if shared[i]:
                    n += 1
                    count[codes_b[i]] += 1
                    place = codes_b[i] + 1
                    while place < tree.size:
                        tree[place] += 1
                        place += place & -place
        start = stop
    # of those above in a: all less those so far
    for at in range(models.size):
        i = models[at]
        if shared[i]:
            code, below = codes_b[i], 0
            place = code
            while place > 0:
                below += tree[place]
                place -= place & -place
            by_model[0, i] += n - below - count[code] - below
            by_model[1, i] += n
            by_model[2, i] = n - count[code]
            for kind in range(3):
                sums[kind] += by_model[kind, i]
    for at in range(models.size):
        i = models[at]
        if shared[i]:
            count[codes_b[i]] = 0
            place = codes_b[i] + 1
            while place < tree.size:
                tree[place] = 0
                place += place & -place
    return sums


@numba.njit(cache=True, nogil=True)
def _sign_pairs(
    order, codes, by_family, codes_by_family, code, present, family, starts, rows, sums, touched
):
    """Fill some rows of both results of :func:`_sign_sums`, from the diagonal, and their mirror."""
    k, n = order.shape
    count, tree = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
    by_model, inside = np.zeros((3, n)), np.zeros((3, n))
    for a in rows:
        for b in range(a, k):
            shared = present[a] & present[b]
            whole = _sums_of(order[a], codes[a], shared, code[b], count, tree, by_model)
            sums[0, a, b] = sums[0, b, a] = whole[0] / 2
            sums[1, a, b], sums[1, b, a] = whole[1] / 2, whole[2] / 2
            for i in range(n):
                if shared[i]:
                    touched[family[i], 0, a, b] += by_model[0, i]
                    touched[family[i], 1, a, b] += by_model[1, i]
                    if a != b:
                        touched[family[i], 1, b, a] += by_model[2, i]
            for g in range(starts.size - 1):  # pairs within a family were counted from both ends
                at = slice(starts[g], starts[g + 1])
                part = _sums_of(
                    by_family[a, at], codes_by_family[a, at], shared, code[b], count, tree, inside
                )
                touched[g, 0, a, b] -= part[0] / 2
                touched[g, 1, a, b] -= part[1] / 2
                if a != b:
                    touched[g, 1, b, a] -= part[2] / 2
                touched[g, 0, b, a] = touched[g, 0, a, b]


def _sign_sums(scores: Floats, family: Ints) -> tuple[Floats, Floats]:
    """Concordant minus discordant, and untied in a and present in b, over pairs of models.

    Of all pairs, and of those that touch each family: (2, k, k) and (n_families, 2, k, k).
    """
    n, k = scores.shape
    order, codes, _ = sort_columns(scores)
    present = (~np.isnan(scores)).T.copy()
    code = np.empty((k, n), np.int32)
    np.put_along_axis(code, order.astype(np.int64), codes, 1)
    together = np.argsort(family[order], axis=1, kind="stable")
    by_family = [np.take_along_axis(each, together, 1) for each in (order, codes)]
    n_families = family.max(initial=-1) + 1
    starts = np.searchsorted(np.sort(family), np.arange(n_families + 1))
    sums, touched = np.zeros((2, k, k)), np.zeros((n_families, 2, k, k))
    rows = np.arange(k)
    in_slices(
        lambda at: _sign_pairs(
            order, codes, *by_family, code, present, family, starts, rows[at], sums, touched
        ),
        k,
        _rows_at_once(n, k),
    )
    return sums, touched


def _tau(score: Floats, untied: Floats) -> Floats:
    estimate = np.full(score.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        np.divide(score, np.sqrt(untied * untied.T), out=estimate)
    estimate[~np.isfinite(estimate)] = np.nan
    np.fill_diagonal(estimate, 1.0)
    return np.clip(estimate, -1, 1)


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
