"""Triplets: of two stimuli, which is nearer to a third, and which of three is the odd one."""

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.measure.rdm import is_constant, square_matrices, two_matrices, upper

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@numba.njit(cache=True)
def _break_ties(values, order):
    """Within runs of equal values put the indices of ``order`` in descending order, in place."""
    start = 0
    while start < order.size:
        stop = start + 1
        while stop < order.size and values[order[stop]] == values[order[start]]:
            stop += 1
        if stop - start > 1:
            run = order[start:stop]
            run[:] = -np.sort(-run)
        start = stop


@numba.njit(cache=True, parallel=True)
def _break_all_ties(distance, orders):
    for i in numba.prange(orders.shape[0]):
        _break_ties(distance[i], orders[i])


LANES = 480
"""Rows (a model and an anchor each) that are counted side by side."""


@numba.njit(cache=True, fastmath={"nnan", "nsz"})
def _range(values):
    low = high = values[0]
    for v in values:
        low = v if v < low else low
        high = v if v > high else high
    return low, high


@numba.njit(cache=True)
def _compare_four(a, b, c, d, v, wrong, tied):
    zero, one = np.int16(0), np.int16(1)
    for t in range(v.size):
        x = v[t]
        wrong[t] += (
            (one if x < a[t] else zero)
            + (one if x < b[t] else zero)
            + (one if x < c[t] else zero)
            + (one if x < d[t] else zero)
        )
        tied[t] |= one if (x == a[t]) | (x == b[t]) | (x == c[t]) | (x == d[t]) else zero


@numba.njit(cache=True)
def _compare_one(a, v, wrong, tied):
    zero, one = np.int16(0), np.int16(1)
    for t in range(v.size):
        wrong[t] += one if v[t] < a[t] else zero
        tied[t] |= one if v[t] == a[t] else zero


@numba.njit(cache=True)
def _descents(keys, tied):
    """Pairs p < q of each column with keys[q] < keys[p]; ``tied`` marks columns with equal keys."""
    m, n_lanes = keys.shape
    total, wrong = np.zeros(n_lanes, np.int64), np.zeros(n_lanes, np.int16)
    for p in range(0, m, 4):
        stop = min(p + 4, m)
        for x in range(p, stop):
            for y in range(x + 1, stop):
                _compare_one(keys[x], keys[y], wrong, tied)
        if stop < m:
            a, b, c, d = keys[p], keys[p + 1], keys[p + 2], keys[p + 3]
            for start in range(stop, m, 8000):  # 16 bits count four comparisons of 8,000
                for q in range(start, min(start + 8000, m)):
                    _compare_four(a, b, c, d, keys[q], wrong, tied)
                total += wrong
                wrong[:] = 0
    return total + wrong


@numba.njit(cache=True)
def _descents_of_equal_keys(keys, row, order, last, before):
    """Pairs p < q of equal keys that are discordant all the same; ``last`` is −1 throughout."""
    wrong = 0
    for q in range(keys.size):
        j, place = order[q], np.int64(keys[q]) + 32768
        p = before[q] = last[place]
        while p >= 0:
            k = order[p]
            wrong += (row[j] < row[k]) | ((row[j] == row[k]) & (j > k))
            p = before[p]
        last[place] = q
    for key in keys:
        last[np.int64(key) + 32768] = -1
    return wrong


@numba.njit(cache=True, parallel=True)
def discordant(distance, orders):
    """Discordant triplets of each anchor of each model."""
    n_models, n = distance.shape[:2]
    m, n_rows = n - 1, n_models * n
    low, scale = np.empty(n_models), np.empty(n_models)
    for model in numba.prange(n_models):
        flat = distance[model].ravel()
        low[model], high = _range(flat)
        scale[model] = 65535 / (high - low[model]) if high > low[model] else 0.0
    out = np.empty(n_rows, np.int64)
    for batch in numba.prange((n_rows + LANES - 1) // LANES):
        first, stop = batch * LANES, min((batch + 1) * LANES, n_rows)
        # 16 bits keep the order of what they keep apart, and thirty-two fit into a register
        keys = np.zeros((m, stop - first), np.int16)
        for at in range(first, stop):
            model, i = at // n, at % n
            for p in range(m):
                place = (distance[model, i, orders[i, p]] - low[model]) * scale[model]
                keys[p, at - first] = np.int16(np.int64(place) - 32768)
        tied = np.zeros(stop - first, np.int16)
        wrong = _descents(keys, tied)
        last, before = np.full(1 << 16, -1, np.int32), np.empty(m, np.int32)
        for at in range(first, stop):
            model, i, t = at // n, at % n, at - first
            out[at] = wrong[t]
            if tied[t]:
                out[at] += _descents_of_equal_keys(
                    keys[:, t], distance[model, i], orders[i], last, before
                )
    return out.reshape(n_models, n)


def triplet_orders(distance: ArrayLike) -> Ints:
    """The other stimuli of each anchor, nearest first.

    Parameters
    ----------
    distance : array_like, shape (n, n) or (n_models, n, n)
        Of one model, or of many at once.

    Returns
    -------
    ndarray of int, shape (n, n − 1) or (n_models, n, n − 1)
        Ties stand by descending index. That strict order is the indicator 1[d(i,j) < d(i,k)] of
        j < k: false in a tie, as if k were nearer.

    Raises
    ------
    ValueError
        As :func:`compute.measure.rdm.square_matrices`.
    """
    d = np.array(square_matrices(distance), ndmin=3)
    n = d.shape[-1]
    d[:, np.arange(n), np.arange(n)] = np.inf  # the anchor sorts last and is cut off
    orders = np.ascontiguousarray(np.argsort(d, axis=2)[:, :, : n - 1])
    _break_all_ties(d.reshape(-1, n), orders.reshape(-1, n - 1))
    return orders if np.ndim(distance) == 3 else orders[0]


def positions(orders: Ints) -> Ints:
    """Where each stimulus stands in each anchor's order, shape (n, n)."""
    n = len(orders)
    out = np.zeros((n, n), np.int64)
    np.put_along_axis(out, orders, np.arange(n - 1)[None], axis=1)
    return out


def triplet_agreement(models: ArrayLike, human: ArrayLike) -> float | Floats:
    """Share of all triplets on which two sets of distances agree, exactly.

    Parameters
    ----------
    models : array_like, shape (n, n) or (n_models, n, n)
        Distances of one model, or of many at once.
    human : array_like, shape (n, n)
        Mean dissimilarity of people, or another model's distances.

    Returns
    -------
    float or ndarray, shape (n_models,)
        Over the n(n − 1)(n − 2)/2 triplets (i; j < k), the share where 1[d(i,j) < d(i,k)] is equal
        (definitions 3.2–3.5 of Sucholutsky & Griffiths). NaN for fewer than three stimuli, and
        where all distances of one side are equal: ties alone are no agreement.

    Raises
    ------
    ValueError
        Shapes that do not fit, or distances that :func:`compute.measure.rdm.square_matrices`
        refuses.

    Notes
    -----
    For one anchor the indicators are those of a strict order, so disagreements are the pairs that
    the other side has the other way round. A model's distances, rounded to 16 bits and laid out in
    people's order (sorted once for all models), are compared pair by pair, a register full of rows
    at a time; pairs that rounding made equal are looked up and compared as they are. That is
    quadratic in the stimuli, and up to some thousand of them faster than to sort each model and
    count inversions.
    """
    models, human = two_matrices(models, human)
    n = len(human)
    share = np.full(models.shape[:-2], np.nan)
    if n > 2 and share.size:
        stack = np.ascontiguousarray(models).reshape(-1, n, n)
        wrong = discordant(stack, triplet_orders(human)).sum(axis=1).reshape(share.shape)
        ties_alone = is_constant(upper(models)) | is_constant(upper(human))
        share = np.where(ties_alone, np.nan, 1 - wrong / (n * (n - 1) * (n - 2) / 2))
    return share if share.ndim else float(share)


def odd_scores(d: Floats, triplets: Ints) -> Floats:
    """Chance that the last of each triplet is the odd one: ties of the nearest pair share it."""
    a, b, c = triplets.T
    sides = np.stack([d[a, b], d[a, c], d[b, c]])
    nearest = sides == sides.min(axis=0)
    return nearest[0] / nearest.sum(axis=0)


def odd_one_out_accuracy(distance: ArrayLike, triplets: ArrayLike) -> float:
    """Share of triplets in which the model leaves out the one that the person left out.

    Parameters
    ----------
    distance : array_like, shape (n, n)
        Of the model; it leaves out the stimulus that is not in its nearest pair.
    triplets : array_like of int, shape (n_triplets, 3)
        Three different stimuli; the last is the person's odd one.

    Returns
    -------
    float
        Chance is 1/3. Where two or three pairs are equally near, the choice is shared between them.
        NaN without triplets, or where each of them is such a tie.

    Raises
    ------
    ValueError
        An index that is none, a stimulus twice in a triplet, or distances that
        :func:`compute.measure.rdm.square_matrices` refuses.
    """
    d = square_matrices(distance)
    triplets = np.asarray(triplets, np.int64).reshape(-1, 3)
    if triplets.size == 0:
        return float("nan")
    if triplets.min() < 0 or triplets.max() >= len(d):
        raise ValueError(f"triplets name stimuli outside 0…{len(d) - 1}")
    a, b, c = triplets.T
    if ((a == b) | (a == c) | (b == c)).any():
        raise ValueError("a triplet names one stimulus twice")
    scores = odd_scores(d, triplets)
    return float("nan") if (scores == 1 / 3).all() else float(scores.mean())


def odd_ones(distance: ArrayLike) -> Ints:
    """Every three stimuli with the odd one last, as dissimilarities say; ties are left out.

    Parameters
    ----------
    distance : array_like, shape (n, n)
        People's dissimilarities.

    Returns
    -------
    ndarray of int, shape (n_triplets, 3)
        Of the n(n − 1)(n − 2)/6 triplets those with a single nearest pair.
    """
    d = square_matrices(distance)
    n = len(d)
    i, j = np.triu_indices(n, 1)
    repeats = n - 1 - j
    a, b = np.repeat(i, repeats), np.repeat(j, repeats)
    ends = np.cumsum(repeats)
    c = np.arange(len(a)) - np.repeat(ends - repeats, repeats) + b + 1
    sides = np.stack([d[a, b], d[a, c], d[b, c]])
    nearest = sides.argmin(axis=0)
    single = (sides == sides.min(axis=0)).sum(axis=0) == 1
    three = np.stack([a, b, c])
    # the nearest pair (a,b), (a,c), (b,c) leaves out c, b, a
    kept = np.array([[0, 1, 2], [0, 2, 1], [1, 2, 0]])[nearest]
    return np.take_along_axis(three.T, kept, axis=1)[single]
