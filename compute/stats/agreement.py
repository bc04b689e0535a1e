"""Agreement between benchmarks in resamples of the models, and how many dimensions there are.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing. A
resample of models is a vector of weights, how often each model was drawn, so that nothing is sorted
twice (:mod:`compute.stats.ranks`). Each pair of benchmarks is ranked among the models that both
scored; benchmarks that miss the same models are ranked together, as one block.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from compute.stats.ranks import (
    LANES,
    Floats,
    Ints,
    average_ranks,
    score_matrix,
    sort_columns,
    weight_lanes,
    weighted_rank_lanes,
)
from compute.stats.resampling import in_slices, one_blas_thread

AT_ONCE = 50
"""Permutations of parallel analysis that are made together."""

# Blocks of benchmarks that miss the same models


class Block(NamedTuple):
    """Two groups of benchmarks over the models that both have; or one, which meets itself.

    Attributes
    ----------
    first, second : ndarray of int
        Columns of the groups; the same for a group that meets itself.
    rows : ndarray of int
        Models that have both.
    order, codes : ndarray
        Of the columns of both groups among these models, as of :class:`compute.stats.ranks.Orders`.
    """

    first: Ints
    second: Ints
    rows: Ints
    order: NDArray[np.uint32]
    codes: NDArray[np.int32]


def _blocks(scores: Floats) -> Iterator[Block]:
    patterns, group = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    members = [np.flatnonzero(group.ravel() == g) for g in range(patterns.shape[1])]
    for a, first in enumerate(members):
        for b in range(a, len(members)):
            rows = np.flatnonzero(patterns[:, a] & patterns[:, b])
            if rows.size:
                chosen = np.ix_(rows, first if a == b else np.r_[first, members[b]])
                order, codes, _ = sort_columns(scores[chosen])
                yield Block(first, members[b], rows, order, codes)


def _checked(scores: ArrayLike, weights: ArrayLike) -> tuple[Floats, NDArray[np.int16]]:
    scores = score_matrix(scores)
    weights = np.ascontiguousarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    return scores, weights


# The mean Spearman of all pairs


@numba.njit(cache=True, nogil=True)
def _add_pairs(order, codes, rows, n_first, min_models, weights, sums, n_pairs):
    """Add up the pairs of a block; the first ``n_first`` columns are its first group."""
    n_benchmarks, n_models = order.shape
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
            weighted_rank_lanes(order[k], codes[k], side, total, below, tied, ranks, square)
            for r in range(LANES):
                varies = square[r] > 0 and total[r] >= min_models
                square[r] = 1 / np.sqrt(square[r]) if varies else 0.0
                count[r] += varies
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
                sums[first + r] += (product[r] - n_one[r]) / 2
                n_pairs[first + r] += n_one[r] * (n_one[r] - 1) / 2
            else:
                sums[first + r] += product[r]
                n_pairs[first + r] += n_one[r] * n_other[r]


def resampled_mean(scores: ArrayLike, weights: ArrayLike, min_models: int = 2) -> Floats:
    """Mean Spearman over the pairs of benchmarks in each resample of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing; each pair is taken over the drawn models that have both.
    weights : array_like of int, shape (n_resamples, n_models)
        How often each model was drawn, as of :func:`compute.stats.resampling.resample_counts`.
        Weights of 0 and 1 are a set of models.
    min_models : int
        Drawn models, copies counted, that a pair has to share.

    Returns
    -------
    ndarray, shape (n_resamples,)
        Mean over the pairs that have an estimate; NaN if there is none.

    Raises
    ------
    ValueError
        Shapes that do not fit, or an infinity.

    Notes
    -----
    Never forms a correlation matrix: with z the standardised ranks, the pairs between two groups
    sum to the product of Σ_k z_k of one group with that of the other.
    """
    scores, weights = _checked(scores, weights)
    blocks = [
        (block.order, block.codes, block.rows, len(block.first), min_models)
        for block in _blocks(scores)
    ]
    sums, n_pairs = np.zeros((2, len(weights)))

    def add(at: slice) -> None:
        for block in blocks:
            _add_pairs(*block, weights[at], sums[at], n_pairs[at])

    in_slices(add, len(weights), 4 * LANES)
    return np.divide(sums, n_pairs, out=np.full(len(weights), np.nan), where=n_pairs > 0)


# Order and dimensions


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
    ranks = average_ranks(scores, axis=0)
    centred = ranks - ranks.mean(0)
    scale = np.sqrt((centred**2).sum(0))
    if (scale == 0).any():
        raise ValueError("a benchmark is constant")
    z = centred / scale
    values, vectors = np.linalg.eigh(z.T @ z)
    values, vectors = values[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    vectors = vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
    generator, permuted = np.random.default_rng(seed), []
    with one_blas_thread():
        # many at once: each call lets another thread of Python go first
        for at in range(0, n_draws, AT_ONCE):
            several = np.broadcast_to(z, (min(AT_ONCE, n_draws - at), *z.shape))
            shuffled = generator.permuted(several, axis=1)
            permuted.append(np.linalg.eigvalsh(shuffled.swapaxes(1, 2) @ shuffled)[:, ::-1])
    permuted = np.concatenate(permuted)
    threshold = np.quantile(permuted, quantile, axis=0)
    return values, vectors * np.sqrt(np.maximum(values, 0)), threshold
