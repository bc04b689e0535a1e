"""What alignment goes with: correlations, straight and bent, between benchmarks with holes.

Scores come as a matrix of units × benchmarks, NaN where a cell is missing; a unit is a model or one
of its layers. A pair is (column of the alignment, column of the property); every pair is taken over
the units that have both and every covariate. A resample is a vector of weights over units, how
often each was drawn, so that an estimate is the resample in which each stands once.

Sucholutsky & Griffiths (section 4) correlate properties with z², z = (x − μ)/σ, to show a U.
 It cannot: where x is skewed, or the relation merely bends, a monotone one does it too. Hence
the quadratic and the two-lines test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numba
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.interpolate import CubicSpline

from compute.stats.correlation import correlation_interval, correlation_p_value
from compute.stats.frames import SEED
from compute.stats.resampling import in_slices, resample_counts, row_quantiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHODS = ("pearson", "spearman")
TRANSFORMS = ("raw", "z2")

MIN_UNITS = 10
"""Pairs that share fewer units have no estimate."""

MIN_CLUSTERS = 5
"""Below so many families (networks, for layers) nothing is said about them as a population."""

MIN_TWO_LINES, MIN_SIDE = 20, 5
"""Units that the two-lines test needs, and each of its lines."""

N_RESAMPLES = 500
_SLICE = 16
_TIED = 1e-12
_GONE = 1e-20
"""Share of a variance below which a covariate has taken all of it."""


# Correlations


@numba.njit(cache=True, nogil=True)
def _gather(columns, covariates, pair, kept, values):
    """Copy the complete units of a pair into values (x, y, covariates), and say how many."""
    n = 0
    for i in range(columns.shape[1]):
        complete = not (np.isnan(columns[pair[0], i]) or np.isnan(columns[pair[1], i]))
        for c in range(covariates.shape[0]):
            complete = complete and not np.isnan(covariates[c, i])
        if complete:
            kept[n] = i
            values[0, n] = columns[pair[0], i]
            values[1, n] = columns[pair[1], i]
            for c in range(covariates.shape[0]):
                values[2 + c, n] = covariates[c, i]
            n += 1
    return n


@numba.njit(cache=True, nogil=True)
def _middle_ranks(values, order, n, weights, tied, ranks):
    """Average ranks of values that stand weights times each; ``order`` sorts them."""
    start, below = 0, 0.0
    while start < n:
        stop, group = start + 1, float(weights[order[start]])
        while stop < n and values[order[stop]] - values[order[stop - 1]] <= tied:
            group += weights[order[stop]]
            stop += 1
        for at in range(start, stop):
            ranks[order[at]] = below + (group + 1) / 2
        below += group
        start = stop


@numba.njit(cache=True, nogil=True)
def _by_distance(values, order, n, centre, distance, nearest):
    """Fill distances from a centre, and the order from near to far, by merging two sides."""
    for i in range(n):
        distance[i] = abs(values[i] - centre)
    right = 0
    while right < n and values[order[right]] < centre:
        right += 1
    left = right - 1
    for at in range(n):
        if right == n or (left >= 0 and distance[order[left]] <= distance[order[right]]):
            nearest[at] = order[left]
            left -= 1
        else:
            nearest[at] = order[right]
            right += 1


@numba.njit(cache=True, nogil=True)
def _partial(work, n, weights, total):
    """Correlation of the first two rows with the others held fixed; the rows are used up."""
    m = work.shape[0]
    before = np.empty(m)
    for v in range(m):
        row = work[v]
        mean, low, high = 0.0, np.inf, -np.inf
        for i in range(n):
            mean += weights[i] * row[i]
            if weights[i] > 0:
                low, high = min(low, row[i]), max(high, row[i])
        if low == high and v < 2:
            return np.nan
        mean /= total
        square = 0.0
        for i in range(n):
            row[i] = row[i] - mean if low < high else 0.0
            square += weights[i] * row[i] * row[i]
        before[v] = square
    for c in range(2, m):  # modified Gram–Schmidt
        held = work[c]
        square = 0.0
        for i in range(n):
            square += weights[i] * held[i] * held[i]
        if square <= _GONE * before[c]:
            continue  # constant, or decided by the covariates before it
        for v in range(m):
            if v < 2 or v > c:
                row = work[v]
                product = 0.0
                for i in range(n):
                    product += weights[i] * held[i] * row[i]
                product /= square
                for i in range(n):
                    row[i] -= product * held[i]
    x, y = work[0], work[1]
    xx, yy, xy = 0.0, 0.0, 0.0
    for i in range(n):
        xx += weights[i] * x[i] * x[i]
        yy += weights[i] * y[i] * y[i]
        xy += weights[i] * x[i] * y[i]
    if xx <= _GONE * before[0] or yy <= _GONE * before[1]:
        return np.nan
    return min(1.0, max(-1.0, xy / np.sqrt(xx * yy)))


@numba.njit(cache=True, nogil=True)
def _order_within(order, place, within):
    """Order of the units that a pair has, from that of all; place is −1 where it lacks one."""
    at = 0
    for unit in order:
        within[at] = place[unit]
        at += place[unit] >= 0


@numba.njit(cache=True, nogil=True)
def _correlate(columns, covariates, orders, pairs, weights, squared, ranked, estimate, shared):
    """Fill the estimates of pairs × resamples, and how many units each pair has.

    ``orders`` sort all benchmarks, then all covariates.
    """
    n_benchmarks, n_units = columns.shape
    m = 2 + covariates.shape[0]
    kept, nearest = np.empty(n_units, np.int64), np.empty(n_units, np.int64)
    place = np.empty(n_units, np.int64)
    order = np.empty((m, n_units + 1), np.int64)
    values, work = np.empty((m, n_units)), np.empty((m, n_units))
    drawn, distance = np.empty(n_units), np.empty(n_units)
    for p in range(pairs.shape[0]):
        n = _gather(columns, covariates, pairs[p], kept, values)
        shared[p] = n
        if n < m + 1:
            continue
        if ranked:
            place[:] = -1
            for at in range(n):
                place[kept[at]] = at
            for v in range(m):
                of = pairs[p, v] if v < 2 else n_benchmarks + v - 2
                _order_within(orders[of], place, order[v])
        x = values[0]
        for r in range(weights.shape[0]):
            total, mean, square = 0.0, 0.0, 0.0
            for i in range(n):
                drawn[i] = weights[r, kept[i]]
                total += drawn[i]
                mean += drawn[i] * x[i]
            if total < m + 1:
                continue
            mean /= total
            for v in range(m):
                row = work[v]
                if v == 0 and squared:
                    for i in range(n):
                        row[i] = (x[i] - mean) * (x[i] - mean)
                        square += drawn[i] * row[i]
                    if ranked:
                        _by_distance(x, order[0], n, mean, distance, nearest)
                        tied = _TIED * np.sqrt(square / total)
                        _middle_ranks(distance, nearest, n, drawn, tied, row)
                elif ranked:
                    _middle_ranks(values[v], order[v], n, drawn, 0.0, row)
                else:
                    row[:n] = values[v, :n]
            estimate[p, r] = _partial(work, n, drawn, total)


def _columns(scores: ArrayLike, covariates: ArrayLike | None) -> tuple[Floats, Floats]:
    scores = np.asarray(scores, float)
    if scores.ndim != 2:
        raise ValueError(f"scores must be units × benchmarks, has shape {scores.shape}")
    if covariates is None:
        held = np.empty((0, len(scores)))
    else:
        held = np.asarray(covariates, float).reshape(len(scores), -1).T
    if np.isinf(scores).any() or np.isinf(held).any():
        raise ValueError("scores or covariates hold an infinity")
    return np.ascontiguousarray(scores.T), np.ascontiguousarray(held)


def _pairs(pairs: ArrayLike, n_benchmarks: int) -> Ints:
    pairs = np.ascontiguousarray(pairs, np.int64).reshape(-1, 2)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= n_benchmarks):
        raise ValueError(f"pairs name columns outside 0 to {n_benchmarks - 1}")
    return pairs


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
    ``pingouin.partial_corr`` and ``pingouin.corr`` pair by pair. Covariates are projected out by
    modified Gram–Schmidt; one that the others decide counts in the degrees of freedom, as there.
    """
    if method not in METHODS or transform not in TRANSFORMS:
        raise ValueError(f"no correlation {method} of {transform}")
    columns, held = _columns(scores, covariates)
    pairs = _pairs(pairs, len(columns))
    once = weights is None
    drawn = np.ones((1, columns.shape[1]), np.int16) if once else np.asarray(weights, np.int16)
    if drawn.ndim != 2 or drawn.shape[1] != columns.shape[1]:
        raise ValueError(f"weights must be resamples × {columns.shape[1]} units")
    estimate, shared = np.full((len(pairs), len(drawn)), np.nan), np.zeros(len(pairs), np.int64)
    flags = (transform == "z2", method == "spearman")
    orders = np.argsort(np.vstack([columns, held]), axis=1)
    in_slices(
        lambda at: _correlate(
            columns, held, orders, pairs[at], drawn, *flags, estimate[at], shared[at]
        ),
        len(pairs),
        _SLICE if not once else max(len(pairs), 1),
    )
    return (estimate[:, 0] if once else estimate), shared


def correlation_inference(
    estimate: ArrayLike, n_units: ArrayLike, method: str, n_covariates: int = 0
) -> tuple[Floats, Floats, Floats]:
    """p-value and 95 % limits of a correlation with some covariates held fixed.

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
    low, high = correlation_interval(estimate, n, method == "spearman")
    return correlation_p_value(estimate, n), low, high


def clustered_interval(
    scores: ArrayLike,
    pairs: ArrayLike,
    clusters: ArrayLike,
    covariates: ArrayLike | None = None,
    *,
    method: str = "pearson",
    transform: str = "raw",
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> tuple[Floats, Floats, Ints]:
    """95 % percentile bootstrap of each correlation, drawing whole clusters of units.

    Parameters
    ----------
    scores, pairs, covariates, method, transform
        As in `correlations`.
    clusters : array_like, shape (n_units,)
        Architecture family of each model, or network of each layer.
    n_resamples, seed : int
        Clusters are drawn once for all pairs; a pair takes those of the drawn units that it has.

    Returns
    -------
    low, high : ndarray, shape (n_pairs,)
        NaN where a pair has fewer than `MIN_CLUSTERS`.
    n_clusters : ndarray of int, shape (n_pairs,)
        Clusters among the units of the pair.
    """
    columns, held = _columns(scores, covariates)
    pairs = _pairs(pairs, len(columns))
    n_clusters = count_groups(scores, pairs, clusters, covariates)
    names, labels = np.unique(np.asarray(clusters), return_inverse=True)
    # one draw of clusters serves all pairs, and both kernels
    drawn = resample_counts(len(names), n_resamples, seed)
    low, high = np.full((2, len(pairs)), np.nan)
    enough = np.flatnonzero(n_clusters >= MIN_CLUSTERS)
    for at in np.array_split(enough, max(1, len(enough) // 2_000)):
        if method == "spearman":
            how = {"method": method, "transform": transform, "weights": drawn[:, labels]}
            found, _ = correlations(scores, pairs[at], covariates, **how)
        else:
            found = np.full((len(at), n_resamples), np.nan)
            _cluster_pearson(columns, held, pairs[at], labels, drawn, transform == "z2", found)
        low[at], high[at] = row_quantiles(found, np.array([0.025, 0.975]))
    return low, high, n_clusters


@numba.njit(cache=True, nogil=True)
def _cluster_pearson(columns, covariates, pairs, labels, drawn, squared, estimate):
    """Pearson's (partial) correlation in resamples of clusters, from the sums of each cluster.

    The last variable is x²: (x − μ)² = x² − 2μx + μ², so that no resample visits a unit.
    """
    n_units, n_clusters = columns.shape[1], drawn.shape[1]
    m = 2 + covariates.shape[0]
    kept, values = np.empty(n_units, np.int64), np.empty((m + 1, n_units))
    size, sums = np.empty(n_clusters), np.empty((n_clusters, m + 1))
    products = np.empty((n_clusters, m + 1, m + 1))
    mean, cross = np.empty(m + 1), np.empty((m + 1, m + 1))
    for p in range(pairs.shape[0]):
        n = _gather(columns, covariates, pairs[p], kept, values)
        if n < m + 1:
            continue
        for v in range(m):  # of like size, that nothing cancels
            centre = values[v, :n].mean()
            spread = values[v, :n].std()
            values[v, :n] = (values[v, :n] - centre) / (spread if spread > 0 else 1.0)
        values[m, :n] = values[0, :n] ** 2
        size[:], sums[:], products[:] = 0.0, 0.0, 0.0
        for i in range(n):
            g = labels[kept[i]]
            size[g] += 1
            for u in range(m + 1):
                sums[g, u] += values[u, i]
                for v in range(u + 1):
                    products[g, u, v] += values[u, i] * values[v, i]
        for r in range(drawn.shape[0]):
            total = 0.0
            mean[:], cross[:] = 0.0, 0.0
            for g in range(n_clusters):
                if drawn[r, g] > 0 and size[g] > 0:
                    w = float(drawn[r, g])
                    total += w * size[g]
                    for u in range(m + 1):
                        mean[u] += w * sums[g, u]
                        for v in range(u + 1):
                            cross[u, v] += w * products[g, u, v]
            if total < m + 1:
                continue
            for u in range(m + 1):
                for v in range(u + 1):
                    cross[u, v] = (cross[u, v] - mean[u] * mean[v] / total) / total
                    cross[v, u] = cross[u, v]
            if squared:
                shift = 2 * mean[0] / total
                cross[0, 0] = cross[m, m] - 2 * shift * cross[m, 0] + shift**2 * cross[0, 0]
                for v in range(1, m):
                    cross[0, v] = cross[v, 0] = cross[m, v] - shift * cross[0, v]
            before_x, before_y = cross[0, 0], cross[1, 1]
            for c in range(2, m):
                pivot = cross[c, c]
                if pivot > 1e-12:
                    for u in range(m):
                        if u < 2 or u > c:
                            factor = cross[u, c] / pivot
                            for v in range(m):
                                if v < 2 or v > c:
                                    cross[u, v] -= factor * cross[c, v]
            if cross[0, 0] > 1e-10 * before_x > 0 and cross[1, 1] > 1e-10 * before_y > 0:
                ratio = cross[0, 1] / np.sqrt(cross[0, 0] * cross[1, 1])
                estimate[p, r] = min(1.0, max(-1.0, ratio))


def count_groups(
    scores: ArrayLike, pairs: ArrayLike, groups: ArrayLike, covariates: ArrayLike | None = None
) -> Ints:
    """How many groups the units of each pair belong to; arguments as in `clustered_interval`."""
    columns, held = _columns(scores, covariates)
    pairs = _pairs(pairs, len(columns))
    present = ~np.isnan(columns) & ~np.isnan(held).any(0)
    both = present[pairs[:, 0]] & present[pairs[:, 1]]
    return (both.astype(np.float32) @ _membership(groups).T.astype(np.float32) > 0).sum(1)


def _membership(groups: ArrayLike) -> Floats:
    """1 where a unit (column) is of a group (row)."""
    names, labels = np.unique(np.asarray(groups), return_inverse=True)
    return (labels == np.arange(len(names))[:, None]).astype(float)


# Shapes


class Fit(NamedTuple):
    """Coefficients of a least-squares fit and two kinds of standard errors."""

    coefficients: Floats
    error: Floats
    """Heteroskedasticity-consistent: HC3, or HC1 where a unit has a leverage of 1."""
    clustered: Floats
    """Cluster-robust (CR1), NaN below `MIN_CLUSTERS`."""


def _least_squares(design: Floats, y: Floats, membership: Floats) -> Fit:
    n, k = design.shape
    nothing = np.full(k, np.nan)
    q, r = np.linalg.qr(design)
    scale = np.abs(r.diagonal())
    if n <= k or scale.min() <= 1e-10 * scale.max():
        return Fit(nothing, nothing, nothing)
    root = np.linalg.inv(r)
    beta = root @ (q.T @ y)
    residual = y - design @ beta
    spare = 1 - (q * q).sum(1)
    scaled = residual / spare if spare.min() > 1e-10 else residual * np.sqrt(n / (n - k))
    # rows of q are those of the design times root, so both sandwiches are sums of squares
    influence = (q @ root.T) * scaled[:, None]
    error = np.sqrt((influence**2).sum(0))
    g = len(membership)
    if g < MIN_CLUSTERS:
        return Fit(beta, error, nothing)
    factor = g / (g - 1) * (n - 1) / (n - k)
    sums = membership @ ((q @ root.T) * residual[:, None])
    return Fit(beta, error, np.sqrt(factor * (sums**2).sum(0)))


def least_squares(design: ArrayLike, y: ArrayLike, clusters: ArrayLike) -> Fit:
    """Least squares with robust standard errors.

    Parameters
    ----------
    design : array_like, shape (n_units, n_terms)
        With a column of ones, if there is to be a constant.
    y : array_like, shape (n_units,)
        What is explained.
    clusters : array_like, shape (n_units,)
        Of each unit.

    Returns
    -------
    Fit
        All NaN where the terms are not independent or as many as the units.

    Notes
    -----
    ``statsmodels.OLS(y, design).fit(cov_type="HC3")`` and ``cov_type="cluster"``.
    """
    return _least_squares(np.asarray(design, float), np.asarray(y, float), _membership(clusters))


_LAMBDAS = 10.0 ** np.linspace(-4, 8, 121)


def smooth(
    x: ArrayLike, y: ArrayLike, covariates: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Penalised cubic regression spline of y on x, its penalty chosen by cross-validation (GCV).

    Parameters
    ----------
    x, y : array_like, shape (n_units,)
        Without NaN; x has three different values or more.
    covariates : array_like, shape (n_units, n_covariates), optional
        Enter as straight lines; the fit is given at their means.

    Returns
    -------
    fitted, error : ndarray, shape (n_units,)
        The curve at x and its Bayesian standard error.

    Notes
    -----
    ``s(x, bs = "cr", k = 10)`` of the R package mgcv, which the two-lines test is defined with: ten
    knots at quantiles of the different x, natural at both ends, penalty ∫ f''²
    (Wood 2017, Generalized Additive Models, sections 5.3.1 and 6.2).
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    different = np.unique(x)
    k = min(10, different.size)
    if k < 3:
        raise ValueError(f"a smooth curve needs three different x, has {k}")
    held = np.empty((len(x), 0)) if covariates is None else np.asarray(covariates, float)
    held = held.reshape(len(x), -1)
    knots = np.quantile(different, np.linspace(0, 1, k))
    spline = CubicSpline(knots, np.eye(k), bc_type="natural")
    basis = spline(x)
    bends = spline(knots, 2)  # of each basis function at each knot; straight in between
    width = np.diff(knots)[:, None]
    a, b = bends[:-1], bends[1:]
    cross = a.T @ (width * b)
    penalty = (2 * a.T @ (width * a) + cross + cross.T + 2 * b.T @ (width * b)) / 6
    design = np.hstack([basis, held - held.mean(0)])
    q, r = np.linalg.qr(design)
    inverse = np.linalg.pinv(r)
    rough, turn = np.linalg.eigh(inverse[:k].T @ penalty @ inverse[:k])
    rough = np.clip(rough / rough[-1], 0, None)
    # two directions of the spline and all covariates cost nothing
    rough[: 2 + held.shape[1]] = 0.0
    shrunk = 1 / (1 + _LAMBDAS[:, None] * rough)
    on_axes = (q @ turn).T @ y
    left = np.maximum(y @ y - (on_axes**2 * (2 * shrunk - shrunk**2)).sum(1), 0)
    freedom = len(y) - shrunk.sum(1)
    score = np.where(freedom > 0.5, left / np.maximum(freedom, 0.5) ** 2, np.inf)
    best = int(np.argmin(score))
    at_mean = basis @ (inverse[:k] @ turn)
    variance = left[best] / max(freedom[best], 0.5)
    error = np.sqrt(variance * (at_mean**2 @ shrunk[best]))
    return at_mean @ (shrunk[best] * on_axes), error


def _lines(x: Floats, y: Floats, held: Floats, membership: Floats, at: float, side: str):
    """Two lines that need not meet; a unit at the break belongs to the side named."""
    low = x <= at if side == "low" else x < at
    step = x - at
    columns = [np.ones_like(x), step * low, step * ~low, (~low).astype(float), *held.T]
    return _least_squares(np.column_stack(columns), y, membership)


def _break(x: Floats, y: Floats, held: Floats, membership: Floats, bends_down: bool):
    """Where the lines meet, by the Robin Hood procedure; NaN where it finds no place."""
    fitted, error = smooth(x, y, held)
    low, high = np.quantile(x, [0.1, 0.9])
    middle = (x > low) & (x < high)
    if not middle.any():
        return np.nan
    x_middle, fitted, error = x[middle], fitted[middle], error[middle]
    if bends_down:
        flat = x_middle[fitted + error > fitted.max()]
    else:
        flat = x_middle[fitted - error < fitted.min()]
    if not flat.size:  # no error at all: the extreme itself
        flat = x_middle[[np.argmax(fitted) if bends_down else np.argmin(fitted)]]
    first = _lines(x, y, held, membership, float(np.median(flat)), "low")
    second = _lines(x, y, held, membership, float(np.median(flat)), "high")
    with np.errstate(invalid="ignore", divide="ignore"):
        weak = abs(first.coefficients[1] / first.error[1])
        strong = abs(second.coefficients[2] / second.error[2])
        share = strong / (weak + strong)
    return float(np.quantile(flat, share)) if np.isfinite(share) else np.nan


SHAPE = (
    *("n_units", "n_clusters", "alignment_mean", "alignment_sd", "alignment_min", "alignment_max"),
    *("line_constant", "line_slope", "line_se", "line_family_se"),
    *("quadratic_constant", "quadratic_linear", "quadratic_estimate"),
    *("quadratic_se", "quadratic_family_se", "vertex", "share_below_vertex"),
    *("covariate_mean", "covariate_slope"),
    *("breakpoint", "n_low", "n_high", "n_clusters_low", "n_clusters_high"),
    *("slope_low", "slope_low_se", "slope_low_family_se"),
    *("slope_high", "slope_high_se", "slope_high_family_se"),
)
"""What :func:`shape` says; estimates are in units of the property per sd of the alignment."""


def shape(
    x: ArrayLike, y: ArrayLike, clusters: ArrayLike, covariates: ArrayLike | None = None
) -> dict[str, float]:
    """Straight line, parabola and two lines of a property on an alignment.

    Parameters
    ----------
    x, y : array_like, shape (n_units,)
        Alignment and property. NaN in either, or in a covariate, leaves the unit out.
    clusters : array_like, shape (n_units,)
        Architecture family (or network) of each unit.
    covariates : array_like, shape (n_units, n_covariates), optional
        Enter every fit as straight lines, centred: constants are those at their means.

    Returns
    -------
    dict
        The keys of `SHAPE`. With z = (x − mean)/sample sd: y ~ 1 + z; y ~ 1 + z + z², its vertex
        (in units of x), mean and slope of the first covariate in it; the two lines with the break
        (in units of x) and the units and clusters on each side (a unit at the break counts on
        both). NaN below `MIN_UNITS` units, where x or y is constant, and for the two lines below
        `MIN_TWO_LINES` or where a side has fewer than `MIN_SIDE` units.

    References
    ----------
    Simonsohn (2018), Two lines: a valid alternative to the invalid testing of U-shaped
    relationships with quadratic regressions, AMPPS 1(4): the break lies among the middle 80 % of
    the units, where the smooth curve is within one standard error of its extreme, and nearer to the
    side whose line is the stronger (Robin Hood). The first slope is read off the fit in which the
    break belongs to the first line, the second off the other; each with HC3.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    held = np.empty((len(x), 0)) if covariates is None else np.asarray(covariates, float)
    held = held.reshape(len(x), -1)
    keep = ~(np.isnan(x) | np.isnan(y) | np.isnan(held).any(1))
    x, y, held = x[keep], y[keep], held[keep]
    membership = _membership(np.asarray(clusters)[keep])
    found = dict.fromkeys(SHAPE, np.nan) | {"n_units": len(x), "n_clusters": len(membership)}
    if len(x) < MIN_UNITS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return found
    mean, sd = x.mean(), x.std(ddof=1)
    z = (x - mean) / sd
    centre, spread = held.mean(0), held.std(0)
    spread[spread == 0] = 1.0
    held = (held - centre) / spread
    found |= {
        "alignment_mean": mean,
        "alignment_sd": sd,
        "alignment_min": x.min(),
        "alignment_max": x.max(),
    }
    ones = np.ones_like(z)
    line = _least_squares(np.column_stack([ones, z, held]), y, membership)
    bent = _least_squares(np.column_stack([ones, z, z**2, held]), y, membership)
    found |= dict(zip(("line_constant", "line_slope"), line.coefficients, strict=False))
    found |= {"line_se": line.error[1], "line_family_se": line.clustered[1]}
    constant, linear, square = bent.coefficients[:3]
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = mean - sd * linear / (2 * square)
    found |= {
        "quadratic_constant": constant,
        "quadratic_linear": linear,
        "quadratic_estimate": square,
        "quadratic_se": bent.error[2],
        "quadratic_family_se": bent.clustered[2],
        "vertex": vertex if np.isfinite(vertex) else np.nan,
        "share_below_vertex": (x < vertex).mean() if np.isfinite(vertex) else np.nan,
    }
    if held.shape[1]:
        slopes = bent.coefficients[3:] / spread
        found |= {"covariate_mean": centre[0], "covariate_slope": slopes[0]}
    if np.unique(z).size < MIN_TWO_LINES or not np.isfinite(square):
        return found
    rises_first = linear + 2 * square * z.min() > 0
    at = _break(z, y, held, membership, rises_first)
    sides = {"low": int((z <= at).sum()), "high": int((z >= at).sum())}
    if not np.isfinite(at) or min(sides.values()) < MIN_SIDE:
        return found
    found["breakpoint"] = mean + sd * at
    for term, (side, n) in enumerate(sides.items(), 1):
        fit = _lines(z, y, held, membership, at, side)
        found[f"n_{side}"] = n
        there = z <= at if side == "low" else z >= at
        found[f"n_clusters_{side}"] = int(membership[:, there].any(1).sum())
        found[f"slope_{side}"] = fit.coefficients[term]
        found[f"slope_{side}_se"] = fit.error[term]
        found[f"slope_{side}_family_se"] = fit.clustered[term]
    return found


def t_p_value(ratio: ArrayLike, freedom: ArrayLike) -> Floats:
    """Two-sided p-value of t ratios; NaN where the ratio is NaN or there is no freedom."""
    ratio, freedom = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(freedom, float))
    p = 2 * special.stdtr(np.where(freedom > 0, freedom, np.nan), -np.abs(ratio))
    return np.where(np.isnan(ratio), np.nan, p)


# Long tables in and out


def _cohorts(scores: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[tuple]:
    """Cohort by cohort: its pairs, matrix, pairs as columns, units, and covariate by name."""
    units = ["unit_id", "cluster_id", "family", "imagenet_top1"]
    for cohort_id, wanted in pairs.groupby("cohort_id", sort=True):
        part = scores[scores["cohort_id"] == cohort_id]
        matrix = part.pivot(index="unit_id", columns="benchmark_id", values="score")
        matrix = matrix.sort_index().sort_index(axis=1).astype(float)
        about = part[units].drop_duplicates("unit_id").set_index("unit_id").loc[matrix.index]
        wanted = wanted.sort_values(["alignment_id", "property_id"], ignore_index=True)
        columns = np.column_stack(
            [matrix.columns.get_indexer(wanted[c]) for c in ("alignment_id", "property_id")]
        )
        top1 = about["imagenet_top1"].to_numpy(float)[:, None]
        for covariate, held in (("none", None), ("imagenet_top1", top1)):
            named = wanted.assign(covariate=covariate)
            # a partial correlation of a thing with itself held fixed is none
            possible = (covariate == "none") | ~wanted["is_covariate_side"].to_numpy(bool)
            yield named, matrix.to_numpy(), columns, about, held, possible


KEY = ["cohort_id", "alignment_id", "property_id", "covariate"]
RELATION = ["transform", "method", "n_units", "n_families", "n_clusters", "is_enough", "estimate"]
RELATION += ["ci_low", "ci_high", "p_value", "family_boot_low", "family_boot_high"]


def relation_frame(scores: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Correlations of every pair, plain and partial, raw and of z², Pearson and Spearman.

    Parameters
    ----------
    scores : DataFrame
        Columns cohort_id, unit_id, benchmark_id, score, cluster_id, family, imagenet_top1 (null
        where unknown); one row per cohort × unit × benchmark.
    pairs : DataFrame
        Columns cohort_id, alignment_id, property_id and is_covariate_side, which says that one of
        the two is itself an ImageNet top-1.

    Returns
    -------
    DataFrame
        `KEY` and `RELATION`; is_enough says that there are `MIN_UNITS`, and estimates are NaN where
        there are not.
    """
    text = [*KEY, "transform", "method"]
    tables = [pd.DataFrame({c: pd.Series(dtype=str if c in text else float)
                            for c in [*KEY, *RELATION]}).astype({"is_enough": bool})]  # fmt: skip
    for named, matrix, columns, about, held, possible in _cohorts(scores, pairs):
        families = count_groups(matrix, columns, about["family"], held)
        clusters = count_groups(matrix, columns, about["cluster_id"], held)
        k = 0 if held is None else held.shape[1]
        for method in METHODS:
            for transform in TRANSFORMS:
                how = {"method": method, "transform": transform}
                estimate, n = correlations(matrix, columns, held, **how)
                estimate[(n < MIN_UNITS) | ~possible] = np.nan
                p_value, low, high = correlation_inference(estimate, n, method, k)
                boot = np.full((2, len(columns)), np.nan)
                known = np.flatnonzero(~np.isnan(estimate))
                boot[:, known] = clustered_interval(
                    matrix, columns[known], about["cluster_id"], held, **how
                )[:2]
                enough = n >= MIN_UNITS
                numbers = (n, families, clusters, enough, estimate, low, high, p_value, *boot)
                found = dict(zip(RELATION[2:], numbers, strict=True))
                tables.append(named[KEY].assign(transform=transform, method=method, **found))
    return pd.concat(tables[1:] or tables, ignore_index=True)


_TESTED = ("line", "quadratic", "slope_low", "slope_high")


def shape_frame(scores: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Shape of every pair, plain and with ImageNet top-1 held fixed.

    Parameters
    ----------
    scores, pairs : DataFrame
        As in `relation_frame`.

    Returns
    -------
    DataFrame
        `KEY`, `SHAPE`, is_enough, and for line, quadratic, slope_low and slope_high the two-sided
        ``_p_value`` (t with n − terms degrees of freedom) and ``_family_p_value`` (clusters − 1,
        for a slope those of its own side).
    """
    rows = []
    for named, matrix, columns, about, held, possible in _cohorts(scores, pairs):
        clusters = about["cluster_id"].to_numpy(object).astype(str)
        for key, (a, b), is_possible in zip(
            named[KEY].itertuples(index=False), columns, possible, strict=True
        ):
            found = shape(matrix[:, a], matrix[:, b], clusters, held if is_possible else None)
            if not is_possible:
                found = found | dict.fromkeys(SHAPE[2:], np.nan)
            rows.append(key._asdict() | found | {"is_enough": found["n_units"] >= MIN_UNITS})
    if not rows:
        names = [f"{t}_{kind}" for t in _TESTED for kind in ("p_value", "family_p_value")]
        empty = pd.DataFrame({c: pd.Series(dtype=float) for c in [*KEY, *SHAPE, *names]})
        return empty.astype(dict.fromkeys(KEY, str)).assign(is_enough=pd.Series(dtype=bool))
    found = pd.DataFrame(rows)
    held = (found["covariate"] != "none").astype(int)
    for term in _TESTED:
        value = found[{"line": "line_slope", "quadratic": "quadratic_estimate"}.get(term, term)]
        terms = {"line": 2, "quadratic": 3}.get(term, 4) + held
        with np.errstate(divide="ignore", invalid="ignore"):
            plain, clustered = value / found[f"{term}_se"], value / found[f"{term}_family_se"]
        found[f"{term}_p_value"] = t_p_value(plain, found["n_units"] - terms)
        # a slope is as sure as the clusters on its own side let it be
        own = {"slope_low": "n_clusters_low", "slope_high": "n_clusters_high"}
        n_clusters = found[own.get(term, "n_clusters")]
        found[f"{term}_family_p_value"] = t_p_value(clustered, n_clusters - 1)
    return found
