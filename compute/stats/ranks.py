"""Ranks: the one place that sorts scores, says which of them tie, and ranks them.

A benchmark is sorted once (:func:`sort_columns`). A resample is a vector of weights, how often each
model was drawn; the rank of a model in it is then a running sum of weights along that order.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Orders(NamedTuple):
    """The models of each benchmark from worst to best, found once.

    Attributes
    ----------
    order : ndarray of uint32, shape (n_benchmarks, n_models)
        Models ascending by score; those without a score stand last.
    codes : ndarray of int32, same shape
        Beside ``order``: neighbours with equal codes have equal scores.
    lengths : ndarray of int64, shape (n_benchmarks,)
        Models with a score. What stands after them in ``order`` and ``codes`` means nothing.
    """

    order: NDArray[np.uint32]
    codes: NDArray[np.int32]
    lengths: Ints


def score_matrix(scores: ArrayLike, *, complete: bool = False) -> Floats:
    """Check a matrix of models × benchmarks.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    complete : bool
        Refuse missing cells.

    Returns
    -------
    ndarray of float64, same shape, C-contiguous

    Raises
    ------
    ValueError
        Not a matrix, an infinity in it, or a missing cell where none may be.
    """
    scores = np.ascontiguousarray(scores, dtype=np.float64)
    if scores.ndim != 2:
        raise ValueError(f"scores must be models × benchmarks, has shape {scores.shape}")
    if np.isinf(scores).any():
        raise ValueError("scores hold an infinity")
    if complete and np.isnan(scores).any():
        raise ValueError("this resampling needs complete scores; a cell is missing")
    return scores


def sort_columns(scores: Floats) -> Orders:
    """Sort each benchmark of a matrix of models × benchmarks; NaN is a missing score."""
    order = np.argsort(scores, axis=0, kind="stable")  # NaN sorts last
    ascending = np.take_along_axis(scores, order, axis=0)
    codes = np.zeros(scores.shape, np.int32)
    np.cumsum(ascending[1:] != ascending[:-1], axis=0, out=codes[1:])
    lengths = (~np.isnan(scores)).sum(0)
    return Orders(order.T.astype(np.uint32, order="C"), codes.T.copy(), lengths)


@numba.njit(cache=True, nogil=True)
def known_and_largest(values, order):
    """How many entries are not NaN (they sort last), and the largest absolute one."""
    n = values.size
    while n > 0 and np.isnan(values[order[n - 1]]):
        n -= 1
    return n, max(abs(values[order[0]]), abs(values[order[n - 1]])) if n > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _rank_rows(values, order, tied, out):
    """Average ranks of each row, 1 = largest; ``order`` sorts the negated row ascending."""
    for r in range(values.shape[0]):
        n, largest = known_and_largest(values[r], order[r])
        start = 0
        while start < n:
            stop = start + 1
            while (
                stop < n
                and values[r, order[r, stop - 1]] - values[r, order[r, stop]] <= tied * largest
            ):
                stop += 1
            for at in range(start, stop):
                out[r, order[r, at]] = (start + stop + 1) / 2
            start = stop


def average_ranks(scores: ArrayLike, axis: int = -1, tied: float = 0.0) -> Floats:
    """Average ranks, 1 = best.

    Parameters
    ----------
    scores : array_like, shape (n_models,) or a matrix
        Higher is better; NaN where a score is missing.
    axis : int
        What is ranked against each other: with −1 the entries of each row, with 0 of each column.
    tied : float
        Neighbours closer than this share of the largest absolute score are tied; 0 ties equal
        scores alone. Sums taken in another order differ by some 1e-16 of it.

    Returns
    -------
    ndarray, same shape
        Ties share the mean of their places. NaN stays NaN and takes no place.

    Raises
    ------
    ValueError
        Neither a vector nor a matrix.
    """
    values = np.asarray(scores, float)
    if values.ndim not in (1, 2):
        raise ValueError(f"scores must be a vector or a matrix, has shape {values.shape}")
    rows = np.ascontiguousarray(np.atleast_2d(values if values.ndim == 1 or axis else values.T))
    out = np.full(rows.shape, np.nan)
    _rank_rows(rows, np.argsort(-rows, axis=1), tied, out)
    if values.ndim == 1:
        return out[0]
    return out if axis else np.ascontiguousarray(out.T)


def round_significant(values: ArrayLike, digits: int = 12) -> Floats:
    """Round to significant digits: averages that are equal on paper then are, and tie.

    Sums of the same numbers in another order differ in the 16th digit. NaN and infinities stay.
    """
    values = np.asarray(values, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    scale = 10.0 ** (digits - 1 - np.where(np.isfinite(exponent), exponent, 0))
    return np.round(values * scale) / scale


@numba.njit(cache=True, nogil=True)
def tie_codes(values, order, n, tied, codes):
    """Fill the codes of n values in a given ascending order; gaps up to ``tied`` are ties."""
    codes[0] = 0
    for at in range(1, n):
        codes[at] = codes[at - 1] + (values[order[at]] - values[order[at - 1]] > tied)


@numba.njit(cache=True, nogil=True)
def weighted_ranks(order, codes, n, weights, ranks):
    """Doubled, centred average ranks of n entries that stand ``weights`` times each.

    ``2 × rank − (total weight + 1)``: for whole weights a whole number, so that sums are exact, and
    the weighted mean is 0. Fills ``ranks`` at the entries in ``order[:n]`` and returns the weighted
    sum of squares (0 where nothing varies). A correlation does not depend on doubling or centring.
    """
    total = 0.0
    for at in range(n):
        total += weights[order[at]]
    below, square, start = 0.0, 0.0, 0
    while start < n:
        tied, stop = float(weights[order[start]]), start + 1
        while stop < n and codes[stop] == codes[start]:
            tied += weights[order[stop]]
            stop += 1
        doubled = 2 * below + tied - total
        for at in range(start, stop):
            ranks[order[at]] = doubled
        square += tied * doubled * doubled
        below += tied
        start = stop
    return square


LANES = 64
"""Resamples that stand side by side in a row, so that one instruction serves several of them."""


@numba.njit(cache=True, nogil=True)
def weight_lanes(weights, first, rows, side, total):
    """Weights of some resamples (from ``first`` on) as rows × resamples, and their sums.

    Past the last resample the weights are 1, so that nothing there divides by zero.
    """
    total[:] = 0
    for i in range(side.shape[0]):
        for r in range(side.shape[1]):
            side[i, r] = weights[first + r, rows[i]] if first + r < weights.shape[0] else 1
            total[r] += side[i, r]


@numba.njit(cache=True, nogil=True)
def weighted_rank_lanes(order, codes, weights, total, below, tied, ranks, square):
    """:func:`weighted_ranks` in several resamples at once, for a benchmark without missing scores.

    ``weights`` and ``ranks`` are models × resamples; ``total``, ``square`` and the two working
    arrays ``below`` and ``tied`` have one entry per resample.
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
