"""Centre and spread of each benchmark over a reference cohort in which models stand several times.

Each function takes scores (models × benchmarks, NaN where missing) and counts (n_draws × models,
how often each model stands in the cohort) and returns centre and spread, n_draws × benchmarks; both
are NaN where nothing is known, the spread also where the benchmark does not vary.
"""

import numba
import numpy as np

from compute.stats.ranks import Floats, sort_columns

_NOISE = 1e-12
"""A variance below so much of the largest square is rounding."""


def of_nothing(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """0 and 1, whatever the models: the score itself."""
    return np.zeros((1, scores.shape[1])), np.ones((1, scores.shape[1]))


def by_mean(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Mean and sample standard deviation."""
    present = (~np.isnan(scores)).astype(float)
    about = np.where(present.any(0), np.nan_to_num(scores).sum(0) / present.sum(0).clip(1), 0)
    centred = np.nan_to_num(scores - about)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = counts @ present
        mean = counts @ centred / n
        variance = (counts @ centred**2 - n * mean**2) / (n - 1)
    variance[~(variance > _NOISE * (centred**2).max(0))] = np.nan
    return mean + about, np.sqrt(variance)


@numba.njit(cache=True, nogil=True)
def _extremes(ascending, orders, lengths, counts, low, high):
    for r in range(counts.shape[0]):
        for b in range(len(lengths)):
            first, last = 0, lengths[b] - 1
            while first < last and counts[r, orders[b, first]] == 0:
                first += 1
            while last > first and counts[r, orders[b, last]] == 0:
                last -= 1
            if lengths[b] > 0 and counts[r, orders[b, first]] > 0:
                low[r, b] = ascending[b, first]
                high[r, b] = ascending[b, last]


@numba.njit(cache=True, nogil=True)
def _medians(ascending, orders, lengths, counts, centre, spread):
    drawn = np.empty(counts.shape[1])
    for r in range(counts.shape[0]):
        for b in range(len(lengths)):
            n, values, total = lengths[b], ascending[b], 0.0
            for at in range(n):
                drawn[at] = counts[r, orders[b, at]]
                total += drawn[at]
            if total == 0:
                continue
            # the two in the middle, which are one where the total is odd
            middle = ((total + 1) // 2, total // 2 + 1)
            at, reached, median = -1, 0.0, 0.0
            for k in middle:
                while reached < k:
                    at += 1
                    reached += drawn[at]
                median += values[at] / 2
            # and the middle distances from there, walking outwards
            above = np.searchsorted(values[:n], median)
            below, reached, distance, mad = above - 1, 0.0, 0.0, 0.0
            for k in middle:
                while reached < k:
                    if above == n or (
                        below >= 0 and median - values[below] <= values[above] - median
                    ):
                        distance = median - values[below]
                        reached += drawn[below]
                        below -= 1
                    else:
                        distance = values[above] - median
                        reached += drawn[above]
                        above += 1
                mad += distance / 2
            centre[r, b], spread[r, b] = median, 1.4826 * mad


def _along_orders(kernel, scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Two numbers per draw and benchmark, by a kernel that walks along the sorted scores."""
    order, _, lengths = sort_columns(scores)
    ascending = np.take_along_axis(scores.T, order.astype(np.int64), axis=1)
    out = np.full((2, len(counts), scores.shape[1]), np.nan)
    kernel(ascending, order, lengths, counts, *out)
    return out[0], out[1]


def by_median(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Median, and median absolute deviation × 1.4826 (the sd of a normal)."""
    centre, spread = _along_orders(_medians, scores, counts)
    spread[~(spread > 0)] = np.nan
    return centre, spread


def by_extremes(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Minimum and range."""
    low, high = _along_orders(_extremes, scores, counts)
    spread = high - low
    spread[spread == 0] = np.nan
    return low, spread
