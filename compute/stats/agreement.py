"""Agreement between benchmarks: rank correlations, resampling, and how many dimensions there are.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing.
A resample of models is a vector of weights (how often each model was drawn), so that nothing is
sorted twice: the rank of a model is a running sum of weights along an order found once.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from threadpoolctl import threadpool_limits

from compute.stats.resampling import in_slices, row_quantiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Order = tuple[NDArray[np.uint32], NDArray[np.int32], Ints]

_LANES, _FEW_LANES = 64, 16
"""Resamples that a kernel takes side by side, to fill the vector registers; few where it also
reads them one by one, which from rows of 512 bytes would use an eighth of the cache."""

_SLICE, _BATCH = 1_024, 64
"""Resamples a thread takes at a time, and as many of them as fit into the cache at a time."""

_ROWS = 8
"""Models compared with all others at a time, so that their differences stay in the cache."""

_MANY_CELLS = 20_000_000
"""Models × pairs of benchmarks from which on several threads pay."""


def _matrix(scores: ArrayLike, *, complete: bool = False) -> Floats:
    scores = np.ascontiguousarray(scores, dtype=np.float64)
    if scores.ndim != 2:
        raise ValueError(f"scores must be models × benchmarks, has shape {scores.shape}")
    if np.isinf(scores).any():
        raise ValueError("scores hold an infinity")
    if complete and np.isnan(scores).any():
        raise ValueError("this resampling needs complete scores; a cell is missing")
    return scores


def _sorted(scores: Floats) -> Order:
    """Per benchmark: its models from worst to best, which of them tie, and how many there are.

    Of a column's codes equal ones stand for equal scores; what is past its length is NaN.
    """
    order = np.argsort(scores, axis=0, kind="stable")  # NaN sorts last
    ascending = np.take_along_axis(scores, order, axis=0)
    codes = np.zeros(scores.shape, np.int32)
    np.cumsum(ascending[1:] != ascending[:-1], axis=0, out=codes[1:])
    lengths = (~np.isnan(scores)).sum(0)
    return order.T.astype(np.uint32, order="C"), codes.T.copy(), lengths


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


def _pairwise_of(order: Order, present: NDArray[np.uint8]) -> tuple[Floats, Ints]:
    k, n = present.shape
    estimate, shared = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    size = 8 if n * k * k / 2 > _MANY_CELLS else max(k, 1)
    rows = np.arange(k)
    in_slices(lambda at: _pairwise(*order, present, rows[at], estimate, shared), k, size)
    return estimate, shared


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
    the shared models, as METHODS §4 asks, so this equals ``scipy.stats.spearmanr`` on the rows
    without a NaN.
    """
    scores = _matrix(scores)
    return _pairwise_of(_sorted(scores), (~np.isnan(scores)).T.astype(np.uint8))


def mean_off_diagonal(estimate: ArrayLike) -> float:
    """Mean of the unique off-diagonal entries that are not NaN; NaN if there is none."""
    estimate = np.asarray(estimate, float)
    above = estimate[np.triu_indices(len(estimate), 1)]
    known = above[~np.isnan(above)]
    return float(known.mean()) if known.size else float("nan")


def resample_weights(
    n_models: int, n_resamples: int, seed: int, blocks: ArrayLike | None = None
) -> NDArray[np.int16]:
    """How often each model is drawn in each bootstrap resample.

    Parameters
    ----------
    n_models : int
        Models to draw from.
    n_resamples : int
        Resamples to draw.
    seed : int
        Of NumPy's PCG64.
    blocks : array_like, shape (n_models,), optional
        Family of each model. With it, whole families are drawn, as many as there are, because
        models of one family are not independent; a resample's size then varies.

    Returns
    -------
    ndarray of int16, shape (n_resamples, n_models)
    """
    generator = np.random.default_rng(seed)
    if blocks is None:
        labels, n_blocks = np.arange(n_models), n_models
    else:
        names, labels = np.unique(np.asarray(blocks), return_inverse=True)
        n_blocks = len(names)
        if labels.shape != (n_models,):
            raise ValueError(f"blocks must have one entry per model, has shape {labels.shape}")
    drawn = generator.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
    return drawn.astype(np.int16)[:, labels]


@numba.njit(cache=True, nogil=True)
def _side_by_side(weights, first, side, total):
    """Weights of some resamples as models × resamples, and their sums; 1 past the last."""
    total[:] = 0
    for i in range(side.shape[0]):
        for r in range(side.shape[1]):
            side[i, r] = weights[first + r, i] if first + r < weights.shape[0] else 1
            total[r] += side[i, r]


@numba.njit(cache=True, nogil=True)
def _weighted_ranks(order, codes, weights, total, below, tied, ranks, square):
    """Doubled, centred average ranks in several resamples, and the sums of their squares.

    ``weights`` and ``ranks`` are models × resamples: what is done to one resample is done to its
    neighbours in the same instruction. All are whole numbers, so sums are exact.
    """
    n, n_resamples = weights.shape
    below[:] = 0
    square[:] = 0
    start = 0
    for stop in range(1, n + 1):
        if stop < n and codes[stop] == codes[start]:
            continue
        if stop == start + 1:  # no tie: one pass instead of three
            i = order[start]
            for r in range(n_resamples):
                doubled = 2 * below[r] + weights[i, r] - total[r]
                below[r] += weights[i, r]
                square[r] += weights[i, r] * doubled * doubled
                ranks[i, r] = doubled
            start = stop
            continue
        tied[:] = 0
        for at in range(start, stop):
            for r in range(n_resamples):
                tied[r] += weights[order[at], r]
        for r in range(n_resamples):
            doubled = 2 * below[r] + tied[r] - total[r]
            below[r] += tied[r]
            square[r] += tied[r] * doubled * doubled
            tied[r] = doubled
        for at in range(start, stop):
            for r in range(n_resamples):
                ranks[order[at], r] = tied[r]
        start = stop


@numba.njit(cache=True, nogil=True)
def _bootstrap_mean(orders, codes, weights, out):
    n_benchmarks, n_models = orders.shape
    large, small = np.empty((3, n_models, _LANES)), np.empty((5, _LANES))
    side, ranks, sums = large[0], large[1], large[2]  # unpacked, they would not be contiguous
    total, below, tied, square, n_varying = small[0], small[1], small[2], small[3], small[4]
    for first in range(0, weights.shape[0], _LANES):
        _side_by_side(weights, first, side, total)
        sums[:] = 0
        n_varying[:] = 0
        for k in range(n_benchmarks):
            _weighted_ranks(orders[k], codes[k], side, total, below, tied, ranks, square)
            for r in range(_LANES):
                n_varying[r] += square[r] > 0
                square[r] = 1 / np.sqrt(square[r]) if square[r] > 0 else 0.0
            for i in range(n_models):
                for r in range(_LANES):
                    sums[i, r] += ranks[i, r] * square[r]
        # the sum of all entries of a correlation matrix is the squared length of the summed z
        square[:] = 0
        for i in range(n_models):
            for r in range(_LANES):
                square[r] += side[i, r] * sums[i, r] * sums[i, r]
        for r in range(min(_LANES, weights.shape[0] - first)):
            n = n_varying[r]
            out[first + r] = (square[r] - n) / (n * (n - 1)) if n > 1 else np.nan


def _resampled(scores: ArrayLike, weights: ArrayLike) -> tuple[Order, NDArray[np.int16]]:
    scores = _matrix(scores, complete=True)
    weights = np.ascontiguousarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    return _sorted(scores), weights


def bootstrap_mean_spearman(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean pairwise Spearman in each bootstrap resample of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    ndarray, shape (n_resamples,)
        Mean over the pairs of benchmarks that vary in the resample; NaN if fewer than two do.

    Raises
    ------
    ValueError
        A cell is missing, or the shapes do not fit.

    Notes
    -----
    Never forms a correlation matrix: with z the standardised ranks, the matrix sums to
    ‖Σ_k z_k‖², so the mean off-diagonal entry follows from one vector per resample.
    """
    (orders, codes, _), weights = _resampled(scores, weights)
    out = np.empty(len(weights))
    in_slices(
        lambda rows: _bootstrap_mean(orders, codes, weights[rows], out[rows]), len(out), _SLICE
    )
    return out


@numba.njit(cache=True, nogil=True)
def _bootstrap_ranks(orders, codes, weights, ranks, weighted, inverse):
    """Ranks of each benchmark in each resample, those × weights, and 1 / their length."""
    n_benchmarks, n_models = orders.shape
    large, small = np.empty((2, n_models, _FEW_LANES)), np.empty((4, _FEW_LANES))
    side, placed = large[0], large[1]
    total, below, tied, square = small[0], small[1], small[2], small[3]
    for first in range(0, weights.shape[0], _FEW_LANES):
        _side_by_side(weights, first, side, total)
        for k in range(n_benchmarks):
            _weighted_ranks(orders[k], codes[k], side, total, below, tied, placed, square)
            for r in range(min(_FEW_LANES, weights.shape[0] - first)):
                inverse[first + r, k] = 1 / np.sqrt(square[r]) if square[r] > 0 else np.nan
                for i in range(n_models):
                    ranks[first + r, k, i] = placed[i, r]
                    weighted[first + r, k, i] = placed[i, r] * side[i, r]


@numba.njit(cache=True, nogil=True)
def _scaled_pairs(products, inverse, one, other, out):
    for p in range(one.size):
        for r in range(inverse.shape[0]):
            a, b = one[p], other[p]
            out[p, r] = products[r, a, b] * inverse[r, a] * inverse[r, b]


def bootstrap_pairs(
    scores: ArrayLike, weights: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval of the Spearman of every pair of benchmarks.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric; NaN on the diagonal. Resamples in which a benchmark does not vary are left out.

    Raises
    ------
    ValueError
        A cell is missing, or the shapes do not fit.

    Notes
    -----
    Doubled, centred ranks are whole numbers and a sum of n of their products stays below n³ / 3, so
    single precision is exact up to resamples of 369 models; larger ones take double precision.
    """
    (orders, codes, _), weights = _resampled(scores, weights)
    n_benchmarks, n_models = orders.shape
    above = np.triu_indices(n_benchmarks, 1)
    drawn = np.empty((len(above[0]), len(weights)))
    largest = weights.sum(1, dtype=float).max(initial=0)
    kind = np.float32 if largest**3 / 3 < 2**24 else np.float64

    def correlate(rows: slice) -> None:
        ranks, weighted = np.empty((2, _BATCH, n_benchmarks, n_models), kind)
        inverse = np.empty((_BATCH, n_benchmarks))
        for start in range(rows.start, rows.stop, _BATCH):
            at = slice(start, min(start + _BATCH, rows.stop))
            n = at.stop - at.start
            _bootstrap_ranks(orders, codes, weights[at], ranks, weighted, inverse)
            products = weighted[:n] @ ranks[:n].transpose(0, 2, 1)
            _scaled_pairs(products, inverse[:n], *above, drawn[:, at])

    in_slices(correlate, len(weights), _SLICE)
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    limits = np.full((2, n_benchmarks, n_benchmarks), np.nan)
    limits[:, *above] = limits[:, *above[::-1]] = row_quantiles(drawn, tails)
    return limits[0], limits[1]


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
    scores = _matrix(scores)
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
    z = np.full((k, k), np.nan)
    ties = [_tie_counts(scores[present[:, a] > 0, a]) for a in range(k)]
    for a in range(k):
        for b in range(a + 1, k):
            ties_a, ties_b = ties[a], ties[b]
            keep = (present[:, a] * present[:, b]).astype(bool)
            if not (shared[a, b] == shared[a, a] == shared[b, b]):
                ties_a, ties_b = _tie_counts(scores[keep, a]), _tie_counts(scores[keep, b])
            variance = _kendall_variance(int(shared[a, b]), ties_a, ties_b)
            if variance > 0:
                z[a, b] = z[b, a] = score[a, b] / np.sqrt(variance)
    return np.clip(estimate, -1, 1), shared, 2 * stats.norm.sf(np.abs(z))


def _tie_counts(values: Floats) -> Floats:
    return np.unique(values, return_counts=True)[1].astype(float)


def _kendall_variance(n: int, tx: Floats, ty: Floats) -> float:
    """Null variance of concordant minus discordant pairs under ties (Kendall 1970, ch. 5)."""
    if n < 3:
        return 0.0
    pairs = n * (n - 1.0)
    variance = (
        pairs * (2 * n + 5)
        - (tx * (tx - 1) * (2 * tx + 5)).sum()
        - (ty * (ty - 1) * (2 * ty + 5)).sum()
    ) / 18
    variance += (tx * (tx - 1)).sum() * (ty * (ty - 1)).sum() / (2 * pairs)
    variance += (
        (tx * (tx - 1) * (tx - 2)).sum() * (ty * (ty - 1) * (ty - 2)).sum() / (9 * pairs * (n - 2))
    )
    return float(variance)


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
    scores, covariate = _matrix(scores), np.asarray(covariate, float)
    if covariate.shape != scores.shape[:1]:
        raise ValueError(f"covariate has shape {covariate.shape}, scores {scores.shape}")
    k = scores.shape[1]
    estimate, n_models = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    present = ~np.isnan(scores) & ~np.isnan(covariate)[:, None]
    complete = (present == present[:, :1]).all()
    if complete:  # one set of models: rank once
        keep = present[:, 0] if k else np.zeros(0, bool)
        blocks = [(np.arange(k), keep)]
    else:
        blocks = [
            (np.array([a, b]), present[:, a] & present[:, b])
            for a in range(k)
            for b in range(a + 1, k)
        ]
    for columns, keep in blocks:
        n = int(keep.sum())
        n_models[np.ix_(columns, columns)] = n
        if n < 4:
            continue
        ranks = stats.rankdata(np.column_stack([scores[keep][:, columns], covariate[keep]]), axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.corrcoef(ranks, rowvar=False)
            c = r[:-1, -1]
            scale = np.sqrt((1 - c**2)[:, None] * (1 - c**2)[None, :])
            partial = (r[:-1, :-1] - np.outer(c, c)) / np.where(scale > 1e-12, scale, np.nan)
        np.fill_diagonal(partial, np.nan)
        estimate[np.ix_(columns, columns)] = np.clip(partial, -1, 1)
    return estimate, n_models


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


def random_cohort_means(scores: ArrayLike, size: int, n_draws: int, seed: int) -> Floats:
    """Mean pairwise Spearman of random cohorts of a given size.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        The pool of models; cells may be missing (pairwise deletion).
    size : int
        Models per random cohort, drawn without replacement.
    n_draws : int
        Random cohorts to draw.
    seed : int
        Of NumPy's PCG64.

    Returns
    -------
    ndarray, shape (n_draws,)
    """
    scores = _matrix(scores)
    if not 2 <= size <= len(scores):
        raise ValueError(f"size must lie in [2, {len(scores)}], is {size}")
    generator = np.random.default_rng(seed)
    order, present = _sorted(scores), (~np.isnan(scores)).T.astype(np.uint8)
    chosen, means = np.zeros((n_draws, len(scores)), np.uint8), np.empty(n_draws)
    for draw in chosen:
        draw[generator.choice(len(scores), size, replace=False)] = 1

    def correlate(rows: slice) -> None:
        for at in range(rows.start, rows.stop):
            drawn = _chosen_order(*order, chosen[at])
            means[at] = mean_off_diagonal(_pairwise_of(drawn, present * chosen[at])[0])

    in_slices(correlate, n_draws, 50)
    return means


@numba.njit(cache=True, nogil=True)
def _chosen_order(orders, codes, lengths, chosen):
    """The order of a pool's models cut to the chosen ones."""
    kept, kept_codes = np.empty_like(orders), np.empty_like(codes)
    counts = np.empty_like(lengths)
    for k in range(lengths.size):
        n = 0
        for at in range(lengths[k]):
            if chosen[orders[k, at]]:
                kept[k, n] = orders[k, at]
                kept_codes[k, n] = codes[k, at]
                n += 1
        counts[k] = n
    return kept, kept_codes, counts


def cluster_order(estimate: ArrayLike) -> Ints:
    """Order of benchmarks that puts similar ones side by side.

    Parameters
    ----------
    estimate : array_like, shape (n_benchmarks, n_benchmarks)
        Correlations; NaN counts as 0.

    Returns
    -------
    ndarray of int, shape (n_benchmarks,)
        Average linkage on 1 − r with optimal leaf ordering (scipy).
    """
    estimate = np.nan_to_num(np.asarray(estimate, float))
    if len(estimate) < 3:
        return np.arange(len(estimate))
    distance = np.clip(1 - (estimate + estimate.T) / 2, 0, 2)
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, "average", optimal_ordering=True)
    return hierarchy.leaves_list(tree).astype(np.int64)


def principal_components(
    scores: ArrayLike, n_draws: int = 1000, seed: int = 0, quantile: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Principal components of the rank correlations, with parallel analysis.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete; ranked per benchmark first, so that the components are those of the Spearman
        matrix.
    n_draws : int
        Draws of parallel analysis: each benchmark permuted on its own.
    seed : int
        Of NumPy's PCG64.
    quantile : float
        Of the permuted eigenvalues.

    Returns
    -------
    eigenvalues : ndarray, shape (n_benchmarks,)
        Descending; they sum to the number of benchmarks.
    loadings : ndarray, shape (n_benchmarks, n_benchmarks)
        Column c holds the loadings (eigenvector × √eigenvalue) of component c; the loading that is
        largest in size is positive.
    threshold : ndarray, shape (n_benchmarks,)
        Quantile of each eigenvalue under permutation. As many dimensions are real as leading
        eigenvalues exceed theirs (Horn 1965).
    """
    scores = _matrix(scores, complete=True)
    ranks = stats.rankdata(scores, axis=0)
    centred = ranks - ranks.mean(0)
    scale = np.sqrt((centred**2).sum(0))
    if (scale == 0).any():
        raise ValueError("a benchmark is constant")
    z = centred / scale
    values, vectors = np.linalg.eigh(z.T @ z)
    values, vectors = values[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    vectors = vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
    generator = np.random.default_rng(seed)
    permuted = np.empty((n_draws, z.shape[1]))
    with threadpool_limits(1, user_api="blas"):
        for draw in range(n_draws):
            shuffled = generator.permuted(z, axis=0)
            permuted[draw] = np.linalg.eigvalsh(shuffled.T @ shuffled)[::-1]
    threshold = np.quantile(permuted, quantile, axis=0)
    return values, vectors * np.sqrt(np.maximum(values, 0)), threshold


@numba.njit(cache=True, nogil=True)
def _bootstrap_mean_partial(orders, codes, weights, plain, partial):
    """The covariate stands last."""
    n_rows, n_models = orders.shape
    large, small = np.empty((5, n_models, _LANES)), np.empty((7, _LANES))
    side, ranks, held, sums, rests = large[0], large[1], large[2], large[3], large[4]
    total, below, tied, square, r = small[0], small[1], small[2], small[3], small[4]
    n_plain, n_partial = small[5], small[6]
    for first in range(0, weights.shape[0], _LANES):
        _side_by_side(weights, first, side, total)
        _weighted_ranks(
            orders[n_rows - 1], codes[n_rows - 1], side, total, below, tied, held, square
        )
        for j in range(_LANES):
            scale = 1 / np.sqrt(square[j]) if square[j] > 0 else np.nan
            for i in range(n_models):
                held[i, j] *= scale
        sums[:] = 0
        rests[:] = 0
        n_plain[:] = 0
        n_partial[:] = 0
        for k in range(n_rows - 1):
            _weighted_ranks(orders[k], codes[k], side, total, below, tied, ranks, square)
            r[:] = 0
            for i in range(n_models):
                for j in range(_LANES):
                    r[j] += side[i, j] * ranks[i, j] * held[i, j]
            for j in range(_LANES):
                n_plain[j] += square[j] > 0
                square[j] = 1 / np.sqrt(square[j]) if square[j] > 0 else 0.0
                r[j] *= square[j]
                # where the covariate decides a benchmark fully, nothing of it is left
                is_left = square[j] > 0 and r[j] * r[j] < 1 - 1e-12
                n_partial[j] += is_left
                tied[j] = 1 / np.sqrt(1 - r[j] * r[j]) if is_left else 0.0
            for i in range(n_models):
                for j in range(_LANES):
                    z = ranks[i, j] * square[j]
                    sums[i, j] += z
                    rests[i, j] += (z - r[j] * held[i, j]) * tied[j]
        for j in range(min(_LANES, weights.shape[0] - first)):
            whole = rest = 0.0
            for i in range(n_models):
                whole += side[i, j] * sums[i, j] * sums[i, j]
                rest += side[i, j] * rests[i, j] * rests[i, j]
            n = n_plain[j]
            plain[first + j] = (whole - n) / (n * (n - 1)) if n > 1 else np.nan
            n = n_partial[j]
            partial[first + j] = (rest - n) / (n * (n - 1)) if n > 1 else np.nan


def bootstrap_mean_partial_spearman(
    scores: ArrayLike, covariate: ArrayLike, weights: ArrayLike
) -> tuple[Floats, Floats]:
    """Mean pairwise Spearman in each resample of models, plain and with a covariate held fixed.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    covariate : array_like, shape (n_models,)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    plain, partial : ndarray, shape (n_resamples,)
        NaN where all benchmarks but one do not vary in the resample; partial also where the
        covariate does not.

    Raises
    ------
    ValueError
        A cell is missing, or the shapes do not fit.

    Notes
    -----
    Models are ranked anew in each resample. A partial correlation is the correlation of what the
    covariate's ranks leave of the ranks, so its mean follows from one vector per resample, as in
    :func:`bootstrap_mean_spearman`.
    """
    covariate = np.asarray(covariate, float)
    if covariate.shape != np.shape(scores)[:1]:
        raise ValueError(f"covariate has shape {covariate.shape}, scores {np.shape(scores)}")
    (orders, codes, _), weights = _resampled(np.column_stack([scores, covariate]), weights)
    plain, partial = np.empty((2, len(weights)))
    in_slices(
        lambda at: _bootstrap_mean_partial(orders, codes, weights[at], plain[at], partial[at]),
        len(weights),
        _SLICE,
    )
    return plain, partial


@numba.njit(cache=True, nogil=True)
def _add_shared(orders, codes, rows, n_first, weights, sums_of_pairs, n_pairs):
    """Add the pairs of two groups of benchmarks over the models that both groups scored.

    ``n_first`` of the columns are the first group; if that is all, the group meets itself.
    """
    n_benchmarks, n_models = orders.shape
    large, small = np.empty((4, n_models, _LANES)), np.empty((7, _LANES))
    side, ranks, one, other = large[0], large[1], large[2], large[3]
    total, below, tied, square, product = small[0], small[1], small[2], small[3], small[4]
    n_one, n_other = small[5], small[6]
    for first in range(0, weights.shape[0], _LANES):
        total[:] = 0
        for i in range(n_models):
            for r in range(_LANES):
                side[i, r] = weights[first + r, rows[i]] if first + r < weights.shape[0] else 1
                total[r] += side[i, r]
        one[:] = 0
        other[:] = 0
        n_one[:] = 0
        n_other[:] = 0
        for k in range(n_benchmarks):
            into, count = (one, n_one) if k < n_first else (other, n_other)
            _weighted_ranks(orders[k], codes[k], side, total, below, tied, ranks, square)
            for r in range(_LANES):
                varies = square[r] > 0 and total[r] > 2
                count[r] += varies
                square[r] = 1 / np.sqrt(square[r]) if varies else 0.0
            for i in range(n_models):
                for r in range(_LANES):
                    into[i, r] += ranks[i, r] * square[r]
        if n_first == n_benchmarks:
            other[:] = one
        product[:] = 0
        for i in range(n_models):
            for r in range(_LANES):
                product[r] += side[i, r] * one[i, r] * other[i, r]
        for r in range(min(_LANES, weights.shape[0] - first)):
            if n_first == n_benchmarks:  # its pairs stand twice, beside its diagonal
                sums_of_pairs[first + r] += (product[r] - n_one[r]) / 2
                n_pairs[first + r] += n_one[r] * (n_one[r] - 1) / 2
            else:
                sums_of_pairs[first + r] += product[r]
                n_pairs[first + r] += n_one[r] * n_other[r]


def bootstrap_mean_shared_spearman(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean pairwise Spearman in each bootstrap resample of models, each pair over its models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    ndarray, shape (n_resamples,)
        Mean over the pairs that share three drawn models or more, on which both vary; NaN if there
        is none.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Notes
    -----
    Benchmarks that miss the same models are ranked together: for two such groups the correlations
    between them sum to the product of two summed vectors, as in :func:`bootstrap_mean_spearman`.
    """
    scores = _matrix(scores)
    weights = np.ascontiguousarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    present, group = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    members = [np.flatnonzero(group.ravel() == g) for g in range(present.shape[1])]
    blocks = []
    for a, first in enumerate(members):
        for b in range(a, len(members)):
            rows = np.flatnonzero(present[:, a] & present[:, b])
            if rows.size:
                chosen = first if a == b else np.r_[first, members[b]]
                orders, codes, _ = _sorted(scores[np.ix_(rows, chosen)])
                blocks.append((orders, codes, rows, len(first)))
    total, n_pairs = np.zeros((2, len(weights)))

    def add(at: slice) -> None:
        for block in blocks:
            _add_shared(*block, weights[at], total[at], n_pairs[at])

    in_slices(add, len(weights), 4 * _LANES)
    return np.divide(total, n_pairs, out=np.full(len(weights), np.nan), where=n_pairs > 0)


def random_cohort_pair_models(scores: ArrayLike, size: int, n_draws: int, seed: int) -> Floats:
    """Median number of models under a pair in the draws of :func:`random_cohort_means`.

    Parameters
    ----------
    scores, size, n_draws, seed
        As there.

    Returns
    -------
    ndarray, shape (n_draws,)
    """
    scores = _matrix(scores)
    generator = np.random.default_rng(seed)
    present = (~np.isnan(scores)).astype(float)
    above = np.triu_indices(scores.shape[1], 1)
    medians = np.empty(n_draws)
    for draw in range(n_draws):
        chosen = present[np.sort(generator.choice(len(scores), size, replace=False))]
        medians[draw] = np.median((chosen.T @ chosen)[above])
    return medians
