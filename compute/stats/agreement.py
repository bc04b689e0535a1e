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

from compute.stats.correlation import mean_off_diagonal, pairwise_of
from compute.stats.ranks import (
    LANES,
    Floats,
    Ints,
    Orders,
    score_matrix,
    sort_columns,
    weight_lanes,
    weighted_rank_lanes,
)
from compute.stats.resampling import in_slices, percentile_interval, random_subsets

_FEW_LANES = 16
"""Few where single resamples are read back, which from rows of 512 bytes would use an eighth of
the cache."""

_SLICE, _BATCH = 1_024, 64
"""Resamples a thread takes at a time, and as many of them as fit into the cache at a time."""


@numba.njit(cache=True, nogil=True)
def _bootstrap_mean(orders, codes, weights, out):
    n_benchmarks, n_models = orders.shape
    large, small = np.empty((3, n_models, LANES)), np.empty((5, LANES))
    side, ranks, sums = large[0], large[1], large[2]  # unpacked, they would not be contiguous
    total, below, tied, square, n_varying = small[0], small[1], small[2], small[3], small[4]
    everyone = np.arange(n_models)
    for first in range(0, weights.shape[0], LANES):
        weight_lanes(weights, first, everyone, side, total)
        sums[:] = 0
        n_varying[:] = 0
        for k in range(n_benchmarks):
            weighted_rank_lanes(orders[k], codes[k], side, total, below, tied, ranks, square)
            for r in range(LANES):
                n_varying[r] += square[r] > 0
                square[r] = 1 / np.sqrt(square[r]) if square[r] > 0 else 0.0
            for i in range(n_models):
                for r in range(LANES):
                    sums[i, r] += ranks[i, r] * square[r]
        # the sum of all entries of a correlation matrix is the squared length of the summed z
        square[:] = 0
        for i in range(n_models):
            for r in range(LANES):
                square[r] += side[i, r] * sums[i, r] * sums[i, r]
        for r in range(min(LANES, weights.shape[0] - first)):
            n = n_varying[r]
            out[first + r] = (square[r] - n) / (n * (n - 1)) if n > 1 else np.nan


def _resampled(scores: ArrayLike, weights: ArrayLike) -> tuple[Orders, NDArray[np.int16]]:
    scores = score_matrix(scores, complete=True)
    weights = np.ascontiguousarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    return sort_columns(scores), weights


def bootstrap_mean_spearman(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean pairwise Spearman in each bootstrap resample of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`compute.stats.resampling.resample_counts`.

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
    everyone = np.arange(n_models)
    for first in range(0, weights.shape[0], _FEW_LANES):
        weight_lanes(weights, first, everyone, side, total)
        for k in range(n_benchmarks):
            weighted_rank_lanes(orders[k], codes[k], side, total, below, tied, placed, square)
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
        As of :func:`compute.stats.resampling.resample_counts`.
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
    limits = np.full((2, n_benchmarks, n_benchmarks), np.nan)
    limits[:, *above] = limits[:, *above[::-1]] = percentile_interval(drawn, confidence)
    return limits[0], limits[1]


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
    scores = score_matrix(scores)
    chosen, means = random_subsets(len(scores), size, n_draws, seed), np.empty(n_draws)
    order, present = sort_columns(scores), (~np.isnan(scores)).T.astype(np.uint8)

    def correlate(rows: slice) -> None:
        for at in range(rows.start, rows.stop):
            drawn = _chosen_order(*order, chosen[at])
            means[at] = mean_off_diagonal(pairwise_of(drawn, present * chosen[at])[0])

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
    scores = score_matrix(scores, complete=True)
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
    large, small = np.empty((5, n_models, LANES)), np.empty((7, LANES))
    side, ranks, held, sums, rests = large[0], large[1], large[2], large[3], large[4]
    total, below, tied, square, r = small[0], small[1], small[2], small[3], small[4]
    n_plain, n_partial = small[5], small[6]
    everyone = np.arange(n_models)
    for first in range(0, weights.shape[0], LANES):
        weight_lanes(weights, first, everyone, side, total)
        weighted_rank_lanes(
            orders[n_rows - 1], codes[n_rows - 1], side, total, below, tied, held, square
        )
        for j in range(LANES):
            scale = 1 / np.sqrt(square[j]) if square[j] > 0 else np.nan
            for i in range(n_models):
                held[i, j] *= scale
        sums[:] = 0
        rests[:] = 0
        n_plain[:] = 0
        n_partial[:] = 0
        for k in range(n_rows - 1):
            weighted_rank_lanes(orders[k], codes[k], side, total, below, tied, ranks, square)
            r[:] = 0
            for i in range(n_models):
                for j in range(LANES):
                    r[j] += side[i, j] * ranks[i, j] * held[i, j]
            for j in range(LANES):
                n_plain[j] += square[j] > 0
                square[j] = 1 / np.sqrt(square[j]) if square[j] > 0 else 0.0
                r[j] *= square[j]
                # where the covariate decides a benchmark fully, nothing of it is left
                is_left = square[j] > 0 and r[j] * r[j] < 1 - 1e-12
                n_partial[j] += is_left
                tied[j] = 1 / np.sqrt(1 - r[j] * r[j]) if is_left else 0.0
            for i in range(n_models):
                for j in range(LANES):
                    z = ranks[i, j] * square[j]
                    sums[i, j] += z
                    rests[i, j] += (z - r[j] * held[i, j]) * tied[j]
        for j in range(min(LANES, weights.shape[0] - first)):
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
        As of :func:`compute.stats.resampling.resample_counts`.

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
    large, small = np.empty((4, n_models, LANES)), np.empty((7, LANES))
    side, ranks, one, other = large[0], large[1], large[2], large[3]
    total, below, tied, square, product = small[0], small[1], small[2], small[3], small[4]
    n_one, n_other = small[5], small[6]
    for first in range(0, weights.shape[0], LANES):
        weight_lanes(weights, first, rows, side, total)
        one[:] = 0
        other[:] = 0
        n_one[:] = 0
        n_other[:] = 0
        for k in range(n_benchmarks):
            into, count = (one, n_one) if k < n_first else (other, n_other)
            weighted_rank_lanes(orders[k], codes[k], side, total, below, tied, ranks, square)
            for r in range(LANES):
                varies = square[r] > 0 and total[r] > 2
                count[r] += varies
                square[r] = 1 / np.sqrt(square[r]) if varies else 0.0
            for i in range(n_models):
                for r in range(LANES):
                    into[i, r] += ranks[i, r] * square[r]
        if n_first == n_benchmarks:
            other[:] = one
        product[:] = 0
        for i in range(n_models):
            for r in range(LANES):
                product[r] += side[i, r] * one[i, r] * other[i, r]
        for r in range(min(LANES, weights.shape[0] - first)):
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
        As of :func:`compute.stats.resampling.resample_counts`.

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
    scores = score_matrix(scores)
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
                orders, codes, _ = sort_columns(scores[np.ix_(rows, chosen)])
                blocks.append((orders, codes, rows, len(first)))
    total, n_pairs = np.zeros((2, len(weights)))

    def add(at: slice) -> None:
        for block in blocks:
            _add_shared(*block, weights[at], total[at], n_pairs[at])

    in_slices(add, len(weights), 4 * LANES)
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
    scores = score_matrix(scores)
    present = (~np.isnan(scores)).astype(float)
    above = np.triu_indices(scores.shape[1], 1)
    subsets = random_subsets(len(scores), size, n_draws, seed).astype(bool)
    return np.array([np.median((present[s].T @ present[s])[above]) for s in subsets])
