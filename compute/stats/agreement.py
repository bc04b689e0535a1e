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
    tie_with_lowest,
    weight_lanes,
    weighted_rank_lanes,
)
from compute.stats.resampling import in_slices, one_blas_thread

_FEW_LANES = 16
"""Few where single resamples are read back, which from rows of 512 bytes would use an eighth of
the cache."""

_SLICE = 2_500
"""Resamples a thread takes at a time."""

_CACHED = 300_000
"""Ranks that are kept at a time, so that they stay in the cache."""


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
    made_up : ndarray of int
        How many of the first models of each order have no score of their own.
    """

    first: Ints
    second: Ints
    rows: Ints
    order: NDArray[np.uint32]
    codes: NDArray[np.int32]
    made_up: Ints

    @property
    def is_one_group(self) -> bool:
        """Whether the group meets itself."""
        return len(self.order) == len(self.first)


def _blocks(scores: Floats, made_up: NDArray[np.bool_]) -> Iterator[Block]:
    patterns, group = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    members = [np.flatnonzero(group.ravel() == g) for g in range(patterns.shape[1])]
    for a, first in enumerate(members):
        for b in range(a, len(members)):
            rows = np.flatnonzero(patterns[:, a] & patterns[:, b])
            if rows.size:
                chosen = np.ix_(rows, first if a == b else np.r_[first, members[b]])
                order, codes, _ = sort_columns(scores[chosen])
                yield Block(first, members[b], rows, order, codes, made_up[chosen].sum(0))


def _checked(scores: ArrayLike, weights: ArrayLike) -> tuple[Floats, NDArray[np.int16]]:
    scores = score_matrix(scores)
    weights = np.ascontiguousarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    return scores, weights


def _exact(weights: NDArray[np.int16]) -> type:
    """Single precision where it holds all sums of products of ranks: they stay below n³ / 3."""
    return np.float32 if weights.sum(1, dtype=float).max(initial=0) ** 3 / 3 < 2**24 else np.float64


# The Spearman of every pair


@numba.njit(cache=True, nogil=True)
def _rank_resamples(block_order, codes, rows, made_up, weights, min_models, ranks, scaled, inverse):
    """Ranks of each column in each resample, those × weights, and 1 / their length.

    Only models that were drawn are kept, those of a resample side by side; returns how many there
    are at most, and fills up to that with zeros.
    """
    n_columns, n_rows = block_order.shape
    large = np.empty((2, n_rows, _FEW_LANES), ranks.dtype)
    small = np.empty((4, _FEW_LANES), ranks.dtype)
    side, placed = large[0], large[1]  # unpacked, they would not be contiguous
    total, below, tied, square = small[0], small[1], small[2], small[3]
    kept, n_kept = np.empty((_FEW_LANES, n_rows + 1), np.int32), np.zeros(len(weights), np.int64)
    for first in range(0, weights.shape[0], _FEW_LANES):
        n_resamples = min(_FEW_LANES, weights.shape[0] - first)
        weight_lanes(weights, first, rows, side, total)
        for r in range(n_resamples):
            n = 0
            for i in range(n_rows):
                kept[r, n] = i
                n += side[i, r] > 0
            n_kept[first + r] = n
        for k in range(n_columns):
            weighted_rank_lanes(block_order[k], codes[k], side, total, below, tied, placed, square)
            if made_up[k] > 0:
                tie_with_lowest(block_order[k], made_up[k], side, total, placed, square)
            for r in range(n_resamples):
                varies = square[r] > 0 and total[r] >= min_models
                inverse[first + r, k] = 1 / np.sqrt(np.float64(square[r])) if varies else np.nan
                for at in range(n_kept[first + r]):
                    i = kept[r, at]
                    ranks[first + r, k, at] = placed[i, r]
                    scaled[first + r, k, at] = placed[i, r] * side[i, r]
    width = n_kept.max()
    for r in range(weights.shape[0]):
        scaled[r, :, n_kept[r] : width] = 0
        ranks[r, :, n_kept[r] : width] = 0
    return width


@numba.njit(cache=True, nogil=True)
def _scale_pairs(products, one, other, place, out):
    """Turn sums of products (resamples × columns × columns) into correlations, pair by pair."""
    for a in range(products.shape[1]):
        for b in range(products.shape[2]):
            if place[a, b] >= 0:
                for r in range(products.shape[0]):
                    value = products[r, a, b] * one[r, a] * other[r, b]
                    if not np.isnan(value):
                        value = min(1.0, max(-1.0, value))
                    out[place[a, b], r] = value


def resampled_pairs(
    scores: ArrayLike,
    weights: ArrayLike,
    min_models: int = 2,
    made_up: ArrayLike | None = None,
    out: Floats | None = None,
) -> Floats:
    """Spearman of every pair of benchmarks in each resample of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing; each pair is taken over the drawn models that have both.
    weights : array_like of int, shape (n_resamples, n_models)
        How often each model was drawn, as of :func:`compute.stats.resampling.resample_counts`; a
        row of ones is the cohort itself.
    min_models : int
        Drawn models, copies counted, that a pair has to share.
    made_up : array_like of bool, shape (n_models, n_benchmarks), optional
        Cells that take the lowest score of the drawn models that have one of their own, whatever
        ``scores`` holds there.
    out : ndarray, shape (n_pairs, n_resamples), optional
        Where to write: to take a quarter of a gigabyte from the system anew takes as long as half
        of the estimates.

    Returns
    -------
    ndarray, shape (n_pairs, n_resamples)
        Pairs in the order of ``np.triu_indices(n_benchmarks, 1)``. NaN where too few models are
        shared or one of the benchmarks does not vary over them.

    Raises
    ------
    ValueError
        Shapes that do not fit, or an infinity in the scores.

    Notes
    -----
    Doubled, centred ranks are whole numbers and a sum of n of their products stays below n³ / 3, so
    single precision is exact up to resamples of 369 models; larger ones take double precision.
    """
    scores, weights = _checked(scores, weights)
    none = np.zeros(scores.shape, bool)
    made_up = none if made_up is None else np.asarray(made_up, bool)
    if made_up.any():
        scores = np.where(made_up, np.nanmin(scores, initial=0) - 1, scores)
    kind, n_benchmarks = _exact(weights), scores.shape[1]
    place = np.full((n_benchmarks, n_benchmarks), -1)
    above = np.triu_indices(n_benchmarks, 1)
    place[above] = np.arange(len(above[0]))
    place = np.maximum(place, place.T)
    blocks = list(_blocks(scores, made_up))
    out = np.empty((len(above[0]), len(weights))) if out is None else out
    if len(blocks) != 1:  # pairs that share no model are in none
        out[:] = np.nan

    def correlate(rows: slice) -> None:
        for block in blocks:
            n_columns, n_models = block.order.shape
            places = place[np.ix_(block.first, block.second)]
            if block.is_one_group:
                places[np.tril_indices(n_columns)] = -1
            n = len(block.first)
            second = slice(0 if block.is_one_group else n, n_columns)
            size = min(_SLICE, max(_FEW_LANES, _CACHED // (n_columns * n_models)))
            ranks, scaled = np.empty((2, size, n_columns, n_models), kind)
            inverse, products = np.empty((size, n_columns)), np.empty((size, *places.shape), kind)
            for start in range(rows.start, rows.stop, size):
                at = slice(start, min(start + size, rows.stop))
                here = slice(0, at.stop - at.start)
                width = _rank_resamples(
                    block.order,
                    block.codes,
                    block.rows,
                    block.made_up,
                    weights[at],
                    min_models,
                    ranks,
                    scaled,
                    inverse,
                )
                left, right = scaled[here, :n, :width], ranks[here, second, :width]
                np.matmul(left, right.transpose(0, 2, 1), out=products[here])
                scale = inverse[here, :n], inverse[here, second]
                _scale_pairs(products[here], *scale, places, out[:, at])

    in_slices(correlate, len(weights), _SLICE)
    return out


# Their mean


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
    scores, weights, min_models
        As of :func:`resampled_pairs`. Weights of 0 and 1 are a set of models.

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
        for block in _blocks(scores, np.zeros(scores.shape, bool))
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
    generator = np.random.default_rng(seed)
    permuted = np.empty((n_draws, z.shape[1]))
    with one_blas_thread():
        for draw in range(n_draws):
            shuffled = generator.permuted(z, axis=0)
            permuted[draw] = np.linalg.eigvalsh(shuffled.T @ shuffled)[::-1]
    threshold = np.quantile(permuted, quantile, axis=0)
    return values, vectors * np.sqrt(np.maximum(values, 0)), threshold
