"""What alignment goes with: correlations, plain and partial, between benchmarks with missing cells.

Scores come as a matrix of units × benchmarks, NaN where a cell is missing; a unit is a model or one
of its layers. A pair is (column of the alignment, column of the property); every pair is taken over
the units that have both and every covariate. A resample is a vector of weights over units: 1
for those that are in, 0 for those left out.

Sucholutsky & Griffiths (section 4) correlate properties with z², z = (x − μ)/σ, to show a U. It
cannot: where x is skewed, or the relation merely bends, a monotone one does it too. Hence
:mod:`compute.stats.shapes`.
"""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.stats import clusters
from compute.stats.correlation import correlation_interval, correlation_p_value
from compute.stats.ranks import Floats, Ints, score_matrix, sort_columns, weighted_ranks
from compute.stats.resampling import in_slices

METHODS = ("pearson", "spearman")
TRANSFORMS = ("raw", "z2")

MIN_CLUSTERS = 5
"""Below so many families (networks, for layers) nothing is said about them as a population."""

_SLICE = 16
_TIED = 1e-12
"""Distances from the mean closer than this share of the standard deviation are equal."""
_GONE = 1e-10
"""Share of a variance below which a covariate has taken all of it."""


@numba.njit(cache=True, nogil=True)
def _complete_units(columns, order, lengths, pair, of, kept, place):
    """Units that have both sides and all covariates, by ascending alignment; how many."""
    of[:2] = pair
    n = 0
    place[:] = -1
    for at in range(lengths[pair[0]]):
        unit = order[pair[0], at]
        complete = True
        for v in of[1:]:
            complete = complete and not np.isnan(columns[v, unit])
        if complete:
            kept[n], place[unit] = unit, n
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def _by_distance(ascending, centre, tied, order, codes):
    """Order from near to far of a centre, and codes that are equal where distances tie."""
    n, code, before = ascending.size, 0, 0.0
    right = np.searchsorted(ascending, centre)
    left = right - 1
    for at in range(n):
        below = centre - ascending[left] if left >= 0 else np.inf
        above = ascending[right] - centre if right < n else np.inf
        is_left = below <= above
        distance = below if is_left else above
        order[at] = left if is_left else right
        left -= is_left
        right += not is_left
        code += at > 0 and distance - before > tied
        codes[at] = code
        before = distance


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def _centre(row, weights, total):
    """Take the weighted mean off a row, and return the weighted sum of squares before."""
    mean, square = 0.0, 0.0
    for i in range(row.size):
        mean += weights[i] * row[i]
        square += weights[i] * row[i] * row[i]
    row -= mean / total
    return square


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def _product(weights, one, other):
    total = 0.0
    for i in range(weights.size):
        total += weights[i] * one[i] * other[i]
    return total


@numba.njit(cache=True, nogil=True)
def _partial(cross):
    """Correlation of the first two variables with the others held fixed; uses up the products."""
    m = len(cross)
    before = np.diag(cross).copy()
    for c in range(2, m):
        if cross[c, c] <= 1e-12 * before[c]:
            continue  # constant, or decided by the covariates before it
        for u in range(m):
            if u < 2 or u > c:
                factor = cross[u, c] / cross[c, c]
                for v in range(m):
                    if v < 2 or v > c:
                        cross[u, v] -= factor * cross[c, v]
    for side in range(2):
        if before[side] <= 0 or cross[side, side] <= _GONE * before[side]:
            return np.nan
    return min(1.0, max(-1.0, cross[0, 1] / np.sqrt(cross[0, 0] * cross[1, 1])))


@numba.njit(cache=True, nogil=True)
def _correlate(columns, orders, pairs, of, weights, squared, ranked, estimate, shared):
    """Fill the estimates of pairs × resamples, and how many units each pair has.

    ``columns`` holds all benchmarks, then all covariates; ``of`` says which of them are involved.
    """
    order, codes, lengths = orders
    n_units, m = columns.shape[1], of.size
    kept, place = np.empty((2, n_units), np.int64)
    own_order, own_codes = np.empty((2, m, n_units), np.int64)
    cross = np.empty((m, m))
    for p in range(pairs.shape[0]):
        n = shared[p] = _complete_units(columns, order, lengths, pairs[p], of, kept, place)
        if n < m + 1:
            continue
        values, work, drawn = np.empty((m, n)), np.empty((m, n)), np.empty(n)
        for v in range(m):
            for at in range(n):
                values[v, at] = columns[of[v], kept[at]]
            k = 0
            for at in range(lengths[of[v]] if ranked else 0):
                if place[order[of[v], at]] >= 0:
                    own_order[v, k], own_codes[v, k] = place[order[of[v], at]], codes[of[v], at]
                    k += 1
        x, whole = values[0], -1
        for r in range(weights.shape[0]):
            total, mean, square, once = 0.0, 0.0, 0.0, True
            for at in range(n):
                drawn[at] = weights[r, kept[at]]
                once = once and drawn[at] == 1
                total += drawn[at]
                mean += drawn[at] * x[at]
            if total < m + 1:
                continue
            if once and whole >= 0:  # a cluster without a unit of the pair is left out
                estimate[p, r] = estimate[p, whole]
                continue
            if once:
                whole = r
            mean /= total
            if squared and ranked:
                for at in range(n):
                    square += drawn[at] * (x[at] - mean) ** 2
                _by_distance(x, mean, _TIED * np.sqrt(square / total), own_order[0], own_codes[0])
            for v in range(m):
                if ranked:
                    cross[v, v] = weighted_ranks(own_order[v], own_codes[v], n, drawn, work[v])
                else:
                    work[v] = (x - mean) ** 2 if v == 0 and squared else values[v]
                    square = _centre(work[v], drawn, total)
                    left = _product(drawn, work[v], work[v])
                    cross[v, v] = left if left > 1e-24 * square else 0.0  # else all are equal
                for u in range(v):
                    cross[u, v] = cross[v, u] = _product(drawn, work[u], work[v])
            estimate[p, r] = _partial(cross)


def _checked(
    scores: ArrayLike, pairs: ArrayLike, covariates: ArrayLike | None
) -> tuple[Floats, Ints, Ints]:
    """Benchmarks and covariates × units, the pairs, and room for a pair before the covariates."""
    scores = score_matrix(scores)
    n_units, n_benchmarks = scores.shape
    if covariates is not None:
        scores = score_matrix(np.column_stack([scores, np.reshape(covariates, (n_units, -1))]))
    pairs = np.ascontiguousarray(pairs, np.int64).reshape(-1, 2)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n_benchmarks):
        raise ValueError(f"pairs name columns outside 0 to {n_benchmarks - 1}")
    return scores.T.copy(), pairs, np.r_[0, 0, n_benchmarks : scores.shape[1]]


def correlations(
    scores: ArrayLike,
    pairs: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    method: str = "pearson",
    transform: str = "raw",
    weights: ArrayLike | None = None,
) -> tuple[Floats, Ints]:
    """Correlation of each pair over the units that have both and all covariates.

    Parameters
    ----------
    scores : array_like, shape (n_units, n_benchmarks)
        NaN where a cell is missing.
    pairs : array_like of int, shape (n_pairs, 2)
        Columns of the alignment and of the property.
    covariates : array_like, shape (n_units,) or (n_units, n_covariates), optional
        Held fixed: the partial correlation; NaN where unknown.
    method : {"pearson", "spearman"}
        Spearman is Pearson of average ranks among the pair's units, covariates ranked too.
    transform : {"raw", "z2"}
        ``z2`` takes z² = ((x − μ)/σ)² in the place of the alignment x, μ and σ over the pair's own
        units (of a resample: over those drawn). No correlation depends on the σ that divides, so
        neither on its n or n − 1. Two units at the same distance from μ tie.
    weights : array_like, shape (n_resamples, n_units), optional
        How often each unit stands in each resample; once in one by default.

    Returns
    -------
    estimate : ndarray, shape (n_pairs,) or (n_pairs, n_resamples)
        NaN where fewer than three units beyond the covariates are left, a side is constant, or the
        covariates decide a side fully.
    n_units : ndarray of int, shape (n_pairs,)
        Units of the pair.

    Raises
    ------
    ValueError
        An infinity, shapes that do not fit, or an unknown method or transform.

    Notes
    -----
    ``pingouin.partial_corr`` and ``pingouin.corr`` pair by pair. Covariates are eliminated from the
    products of the centred variables; one that the others decide counts in the degrees of freedom,
    as there.
    """
    if method not in METHODS or transform not in TRANSFORMS:
        raise ValueError(f"no correlation {method} of {transform}")
    columns, pairs, of = _checked(scores, pairs, covariates)
    once = weights is None
    drawn = np.ones((1, columns.shape[1]), np.int16) if once else np.asarray(weights, np.int16)
    if drawn.ndim != 2 or drawn.shape[1] != columns.shape[1]:
        raise ValueError(f"weights must be resamples × {columns.shape[1]} units")
    estimate, shared = np.full((len(pairs), len(drawn)), np.nan), np.zeros(len(pairs), np.int64)
    orders, how = sort_columns(columns.T), (transform == "z2", method == "spearman")
    in_slices(
        lambda at: _correlate(
            columns, orders, pairs[at], of.copy(), drawn, *how, estimate[at], shared[at]
        ),
        len(pairs),
        max(len(pairs), 1) if once else _SLICE,
    )
    return (estimate[:, 0] if once else estimate), shared


def naive_inference(
    estimate: ArrayLike, n_units: ArrayLike, method: str, n_covariates: int = 0
) -> tuple[Floats, Floats, Floats]:
    """p-value and 95 % limits of a correlation with covariates held fixed, of unrelated units.

    Parameters
    ----------
    estimate, n_units : array_like
        As `correlations` returns them.
    method : {"pearson", "spearman"}
        Spearman's interval has the Bonett–Wright standard error, as in
        ``fct_benchmark_correlations``; pingouin takes Pearson's for both.
    n_covariates : int
        Each costs a unit: t has n − 2 − k degrees of freedom, Fisher's z variance 1/(n − 3 − k).

    Returns
    -------
    p_value, low, high : ndarray
        NaN where the estimate is.
    """
    n = np.asarray(n_units) - n_covariates
    low, high = correlation_interval(estimate, n, method)
    return correlation_p_value(estimate, n), low, high


def clustered_inference(
    scores: ArrayLike,
    pairs: ArrayLike,
    labels: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    method: str = "pearson",
    transform: str = "raw",
) -> clusters.Correlation:
    """p-value and 95 % limits of each correlation, of units that come in clusters.

    Parameters
    ----------
    scores, pairs, covariates, method, transform
        As in `correlations`.
    labels : array_like, shape (n_units,)
        Architecture family of each model, or network of each layer.

    Returns
    -------
    Correlation
        By `clusters.correlation_inference`, the jackknife over the clusters of each pair; μ, ranks
        and what the covariates explain are found anew without each. NaN where a pair has fewer
        than `MIN_CLUSTERS`, or no estimate without one of them.
    """
    how = {"method": method, "transform": transform}
    of_pair, members = _clusters_of(scores, pairs, labels, covariates), membership(labels)
    # the first resample is the whole, each other one lacks a cluster
    kept = np.vstack([np.ones(members.shape[1]), 1 - members])
    estimate, *without = correlations(scores, pairs, covariates, weights=kept, **how)[0].T
    found = clusters.correlation_inference(estimate, without, of_pair)
    return clusters.Correlation(
        *(np.where(of_pair.sum(0) >= MIN_CLUSTERS, of, np.nan) for of in found)
    )


def membership(groups: ArrayLike) -> Floats:
    """1 where a unit (column) is of a group (row), groups in sorted order."""
    names, labels = np.unique(np.asarray(groups), return_inverse=True)
    return (labels == np.arange(len(names))[:, None]).astype(float)


def _clusters_of(
    scores: ArrayLike, pairs: ArrayLike, labels: ArrayLike, covariates: ArrayLike | None
) -> NDArray[np.bool_]:
    """Clusters × pairs: whether a unit of the cluster is among those of the pair."""
    columns, pairs, of = _checked(scores, pairs, covariates)
    present = ~np.isnan(columns)
    both = present[pairs[:, 0]] & present[pairs[:, 1]] & present[of[2:]].all(0)
    return membership(labels).astype(np.float32) @ both.T.astype(np.float32) > 0


def count_clusters(
    scores: ArrayLike, pairs: ArrayLike, labels: ArrayLike, covariates: ArrayLike | None = None
) -> Ints:
    """How many clusters the units of each pair belong to; arguments as of `clustered_inference`."""
    return _clusters_of(scores, pairs, labels, covariates).sum(0)
