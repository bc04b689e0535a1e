"""Representational geometry: how far a model's distances between stimuli are people's.

Distances and dissimilarities are square matrices with a zero diagonal; more is less alike. A
similarity enters as its negative. Nothing here accepts a NaN: a model that has none of its
features is a failure to record, not a number.
"""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DISTANCES = ("cosine", "inner", "euclidean")


def distances(features: ArrayLike, metric: str = "cosine") -> Floats:
    """Distance between every two stimuli.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        One row per stimulus.
    metric : {'cosine', 'inner', 'euclidean'}
        1 − cosine similarity; minus the inner product (a similarity, so it may be negative);
        Euclidean distance.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric to the last bit, zero on the diagonal.

    Raises
    ------
    ValueError
        Not a matrix, a NaN or an infinity, a row of zeros under cosine, or another metric.
    """
    x = np.asarray(features, np.float64)
    if x.ndim != 2:
        raise ValueError(f"features must be stimuli × dimensions, have shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(
            f"features of stimulus {np.argwhere(~np.isfinite(x))[0][0]} are not finite"
        )
    if metric == "cosine":
        norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
        if not norm.all():
            raise ValueError(f"features of stimulus {np.argmin(norm)} are all zero: no cosine")
        x = x / norm
    product = x @ x.T
    product = (product + product.T) / 2
    if metric == "cosine":
        out = np.clip(1 - product, 0, 2)
    elif metric == "inner":
        out = -product
    elif metric == "euclidean":
        square = np.diag(product)
        out = np.sqrt(np.clip(square[:, None] + square - 2 * product, 0, None))
    else:
        raise ValueError(f"distance {metric!r} is none of {', '.join(DISTANCES)}")
    np.fill_diagonal(out, 0)
    return out


def _square(distance: ArrayLike) -> Floats:
    d = np.asarray(distance, np.float64)
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise ValueError(f"distances must be a square matrix, have shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError(
            f"the distance at {np.argwhere(~np.isfinite(d))[0].tolist()} is not finite"
        )
    return d


def _two(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    a, b = _square(a), _square(b)
    if a.shape != b.shape:
        raise ValueError(f"distances have shapes {a.shape} and {b.shape}")
    return a, b


def pairs(distance: ArrayLike) -> Floats:
    """Distances of the n(n − 1)/2 pairs, the upper triangle by rows."""
    d = _square(distance)
    return d[np.triu_indices(len(d), 1)]


def _correlation(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 0 else float("nan")


def pearson_alignment(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson correlation over pairs; NaN where all distances of one side are equal."""
    a, b = _two(a, b)
    return _correlation(pairs(a), pairs(b))


def spearman_alignment(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman correlation over pairs, ties with average ranks; NaN where one side is constant."""
    a, b = _two(a, b)
    return _correlation(rankdata(pairs(a)), rankdata(pairs(b)))


# triplets: of j and k, which is nearer to i?


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


@numba.njit(cache=True, fastmath={"reassoc"})
def _is_finite(values):
    zero = 0.0
    for v in values:
        zero += v * 0.0
    return zero == 0


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
def _discordant(distance, orders):
    """Discordant triplets of each anchor of each model; −1 for a model that is not finite."""
    n_models, n = distance.shape[:2]
    m, n_rows = n - 1, n_models * n
    low, scale = np.empty(n_models), np.empty(n_models)
    for model in numba.prange(n_models):
        flat = distance[model].ravel()
        low[model], high = _range(flat)
        scale[model] = 65535 / (high - low[model]) if high > low[model] else 0.0
        if not _is_finite(flat):
            scale[model] = np.nan
    out = np.full(n_rows, -1, np.int64)
    for batch in numba.prange((n_rows + LANES - 1) // LANES):
        first, stop = batch * LANES, min((batch + 1) * LANES, n_rows)
        # 16 bits keep the order of what they keep apart, and thirty-two fit into a register
        keys = np.zeros((m, stop - first), np.int16)
        for at in range(first, stop):
            model, i = at // n, at % n
            if not np.isnan(scale[model]):
                for p in range(m):
                    place = (distance[model, i, orders[i, p]] - low[model]) * scale[model]
                    keys[p, at - first] = np.int16(np.int64(place) - 32768)
        tied = np.zeros(stop - first, np.int16)
        wrong = _descents(keys, tied)
        last, before = np.full(1 << 16, -1, np.int32), np.empty(m, np.int32)
        for at in range(first, stop):
            model, i, t = at // n, at % n, at - first
            if not np.isnan(scale[model]):
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
        Not square, or not finite.
    """
    d = np.array(distance, np.float64, ndmin=3)
    n = d.shape[-1]
    if d.ndim != 3 or d.shape[1] != n:
        raise ValueError(f"distances must be square matrices, have shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError("a distance is not finite")
    d[:, np.arange(n), np.arange(n)] = np.inf  # the anchor sorts last and is cut off
    orders = np.ascontiguousarray(np.argsort(d, axis=2)[:, :, : n - 1])
    _break_all_ties(d.reshape(-1, n), orders.reshape(-1, n - 1))
    return orders if np.ndim(distance) == 3 else orders[0]


def _positions(orders: Ints) -> Ints:
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
        (definitions 3.2–3.5 of Sucholutsky & Griffiths). NaN for fewer than three stimuli.

    Raises
    ------
    ValueError
        Shapes that do not fit, or a number that is not finite.

    Notes
    -----
    For one anchor the indicators are those of a strict order, so disagreements are the pairs that
    the other side has the other way round. A model's distances, rounded to 16 bits and laid out in
    people's order (sorted once for all models), are compared pair by pair, a register full of rows
    at a time; pairs that rounding made equal are looked up and compared as they are. That is
    quadratic in the stimuli, and up to some thousand of them faster than to sort each model and
    count inversions.
    """
    human = _square(human)
    n = len(human)
    if np.shape(models)[-2:] != (n, n):
        raise ValueError(f"distances have shapes {np.shape(models)} and {human.shape}")
    if n < 3:
        return np.full(np.shape(models)[:-2], np.nan) if np.ndim(models) == 3 else float("nan")
    stack = np.ascontiguousarray(models, np.float64).reshape(-1, n, n)
    wrong = _discordant(stack, triplet_orders(human))
    if (wrong < 0).any():
        raise ValueError(f"a distance from {np.argwhere(wrong < 0)[0].tolist()} is not finite")
    share = 1 - wrong.sum(axis=1) / (n * (n - 1) * (n - 2) / 2)
    return share if np.ndim(models) == 3 else float(share[0])


METRICS: dict[str, Callable[[ArrayLike, ArrayLike], float]] = {
    "pearson": pearson_alignment,
    "spearman": spearman_alignment,
    "triplet": triplet_agreement,
}
"""Ways to compare two distance matrices; each is symmetric in its arguments but for ties."""


# odd one out


def _odd_scores(d: Floats, triplets: Ints) -> Floats:
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
        NaN without triplets.

    Raises
    ------
    ValueError
        An index that is none, a stimulus twice in a triplet, or a distance that is not finite.
    """
    d = _square(distance)
    triplets = np.asarray(triplets, np.int64).reshape(-1, 3)
    if triplets.size == 0:
        return float("nan")
    if triplets.min() < 0 or triplets.max() >= len(d):
        raise ValueError(f"triplets name stimuli outside 0…{len(d) - 1}")
    a, b, c = triplets.T
    if ((a == b) | (a == c) | (b == c)).any():
        raise ValueError("a triplet names one stimulus twice")
    return float(_odd_scores(d, triplets).mean())


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
    d = _square(distance)
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


@numba.njit(cache=True, parallel=True)
def _weighted_share(triplets, right, weights):
    out = np.empty(weights.shape[0])
    for b in numba.prange(weights.shape[0]):
        w = weights[b]
        whole = hit = 0.0
        for t in range(triplets.shape[0]):
            times = w[triplets[t, 0]] * w[triplets[t, 1]] * w[triplets[t, 2]]
            whole += times
            hit += times * right[t]
        out[b] = hit / whole if whole > 0 else np.nan
    return out


def bootstrap_odd_one_out(
    distance: ArrayLike, triplets: ArrayLike, n_resamples: int = 2000, seed: int = 0
) -> Floats:
    """Odd-one-out accuracy in bootstrap resamples of stimuli, shape (n_resamples,).

    Parameters
    ----------
    distance, triplets : array_like
        As of :func:`odd_one_out_accuracy`.
    n_resamples, seed : int
        As of :func:`bootstrap_stimuli`; a triplet counts as often as its stimuli were drawn.
    """
    d = _square(distance)
    triplets = np.asarray(triplets, np.int64).reshape(-1, 3)
    return _weighted_share(triplets, _odd_scores(d, triplets), drawn(len(d), n_resamples, seed))


# resampling


def drawn(n: int, n_resamples: int, seed: int = 0) -> Floats:
    """How often each of n stimuli is drawn in each bootstrap resample, shape (n_resamples, n)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(np.float64)


@numba.njit(cache=True)
def _weighted_pearson(x, y, w):
    total = sx = sy = 0.0
    for p in range(x.size):
        total += w[p]
        sx += w[p] * x[p]
        sy += w[p] * y[p]
    sx /= total
    sy /= total
    xx = yy = xy = 0.0
    for p in range(x.size):
        dx, dy = x[p] - sx, y[p] - sy
        xx += w[p] * dx * dx
        yy += w[p] * dy * dy
        xy += w[p] * dx * dy
    return xy / np.sqrt(xx * yy) if xx > 0 and yy > 0 else np.nan


@numba.njit(cache=True)
def _weighted_ranks(values, order, w, out):
    """Average ranks when entry p stands w[p] times."""
    below = 0.0
    start = 0
    while start < order.size:
        stop = start
        tied = 0.0
        while stop < order.size and values[order[stop]] == values[order[start]]:
            tied += w[order[stop]]
            stop += 1
        for at in range(start, stop):
            out[order[at]] = below + (tied + 1) / 2
        below += tied
        start = stop


@numba.njit(cache=True)
def _weighted_triplets(order, positions, w, tree):
    """Discordant and all triplets when stimulus i stands w[i] times; copies never meet."""
    n, m = order.shape
    wrong = whole = 0.0
    for i in range(n):
        if w[i] == 0:
            continue
        tree[:] = 0
        seen = squares = discordant = 0.0
        for t in range(m):
            j = order[i, t]
            if w[j] == 0:
                continue
            p = positions[i, j] + 1
            at = p
            before = 0.0
            while at > 0:
                before += tree[at]
                at -= at & -at
            discordant += w[j] * (seen - before)
            at = p
            while at < tree.size:
                tree[at] += w[j]
                at += at & -at
            seen += w[j]
            squares += w[j] * w[j]
        wrong += w[i] * discordant
        whole += w[i] * (seen * seen - squares) / 2
    return 1 - wrong / whole if whole > 0 else np.nan


@numba.njit(cache=True, parallel=True)
def _resampled(x, y, order_x, order_y, first, second, orders, positions, weights):
    n_resamples, n = weights.shape
    out = np.empty((n_resamples, 3))
    for b in numba.prange(n_resamples):
        w = weights[b]
        of_pair = np.empty(x.size)
        for p in range(x.size):
            of_pair[p] = w[first[p]] * w[second[p]]
        out[b, 0] = _weighted_pearson(x, y, of_pair)
        rank_x, rank_y = np.empty(x.size), np.empty(x.size)
        _weighted_ranks(x, order_x, of_pair, rank_x)
        _weighted_ranks(y, order_y, of_pair, rank_y)
        out[b, 1] = _weighted_pearson(rank_x, rank_y, of_pair)
        out[b, 2] = _weighted_triplets(orders, positions, w, np.zeros(n))
    return out


def bootstrap_stimuli(
    model: ArrayLike, human: ArrayLike, n_resamples: int = 2000, seed: int = 0
) -> Floats:
    """Pearson, Spearman and triplet agreement in bootstrap resamples of stimuli.

    Parameters
    ----------
    model, human : array_like, shape (n, n)
        Distances of a model; dissimilarities of people.
    n_resamples, seed : int
        How many, and the seed of NumPy's PCG64. Equal seeds draw equal stimuli, so that models
        can be compared resample by resample.

    Returns
    -------
    ndarray, shape (n_resamples, 3)
        In the order of :data:`METRICS`. NaN where a resample does not vary.

    Notes
    -----
    A stimulus drawn twice is at distance 0 from itself on both sides; such pairs (and triplets with
    a stimulus twice) are left out, as they would raise every estimate. A resample is a vector of
    weights, so nothing is sorted again.
    """
    model, human = _two(model, human)
    n = len(model)
    if n < 3:
        raise ValueError(f"{n} stimuli are too few to resample")
    times = drawn(n, n_resamples, seed)
    first, second = np.triu_indices(n, 1)
    x, y = pairs(model), pairs(human)
    orders = triplet_orders(model)
    return _resampled(
        *(x, y, np.argsort(x, kind="stable"), np.argsort(y, kind="stable")),
        *(first, second, orders, _positions(triplet_orders(human)), times),
    )


MIN_PEOPLE = 5
"""Fewer give no interval over people: with five the jackknife covers its 95 %, in simulation."""


def jackknife_people(models: ArrayLike, rdms: ArrayLike) -> tuple[Floats, Floats]:
    """95 % intervals over people of the agreement with their mean.

    Parameters
    ----------
    models : array_like, shape (n_models, n, n)
        Distances of each model.
    rdms : array_like, shape (n_people, n, n)
        One dissimilarity matrix per person.

    Returns
    -------
    low, high : ndarray, shape (n_models, 3)
        In the order of :data:`METRICS`: estimate ± t × the jackknife's standard error, t with
        n_people − 1 degrees of freedom (Tukey 1958). NaN where a metric is.

    Raises
    ------
    ValueError
        Fewer than :data:`MIN_PEOPLE` people, or a number that is not finite.

    Notes
    -----
    Leaving one person out changes the mean little. People drawn with replacement would make a mean
    of fewer people, noisier than theirs, and percentiles of it lie below the estimate.
    """
    models = np.ascontiguousarray(models, np.float64)
    rdms = np.asarray(rdms, np.float64)
    if not (np.isfinite(models).all() and np.isfinite(rdms).all()):
        raise ValueError("a distance is not finite")
    n_people, n = rdms.shape[:2]
    if n_people < MIN_PEOPLE:
        raise ValueError(f"{n_people} people are too few for an interval; {MIN_PEOPLE} are enough")
    above = np.triu_indices(n, 1)
    flat = models[:, above[0], above[1]]
    standard = [_standardised(flat), _standardised(rankdata(flat, axis=1))]
    n_triplets = n * (n - 1) * (n - 2) / 2
    total = rdms.sum(axis=0)
    out = np.empty((n_people + 1, len(models), 3))
    # two BLAS threads stall on products this small
    with threadpool_limits(1, user_api="blas"):
        for at, left_out in enumerate([*rdms, 0]):
            mean = (total - left_out) / (n_people - (at < n_people))
            human = mean[above]
            out[at, :, 0] = standard[0] @ _standardised(human[None])[0]
            out[at, :, 1] = standard[1] @ _standardised(rankdata(human)[None])[0]
            wrong = _discordant(models, triplet_orders(mean))
            out[at, :, 2] = 1 - wrong.sum(axis=1) / n_triplets
    without, estimate = out[:-1], out[-1]
    error = np.sqrt((n_people - 1) * without.var(axis=0))
    reach = stdtrit(n_people - 1, 0.975) * error
    return estimate - reach, estimate + reach


def _standardised(rows: Floats) -> Floats:
    rows = rows - rows.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True))


# ceilings: how well do people predict people?


def split_half(
    rdms: ArrayLike, metric: str = "pearson", n_splits: int = 200, seed: int = 0
) -> Floats:
    """Agreement of the means of two random halves of people, split by split.

    Parameters
    ----------
    rdms : array_like, shape (n_people, n, n)
        With two matrices (two published halves) the one split there is.
    metric : str
        A key of :data:`METRICS`.
    n_splits, seed : int
        Random splits, and the seed of NumPy's PCG64.

    Returns
    -------
    ndarray, shape (n_splits,) or (1,)
        An odd person out is left out of a split.

    Raises
    ------
    ValueError
        Fewer than two matrices.
    """
    rdms = np.asarray(rdms, np.float64)
    n_people = len(rdms)
    if n_people < 2:
        raise ValueError("a split takes at least two people")
    generator = np.random.default_rng(seed)
    half = n_people // 2
    values = []
    for _ in range(1 if n_people == 2 else n_splits):
        drawn = generator.permutation(n_people)
        first, second = rdms[drawn[:half]], rdms[drawn[half : 2 * half]]
        values.append(METRICS[metric](first.mean(axis=0), second.mean(axis=0)))
    return np.array(values)


def spearman_brown(agreement: ArrayLike) -> Floats:
    """Correlation that means of twice as many people would have: 2r / (1 + r).

    Parameters
    ----------
    agreement : array_like
        Correlations between two halves.

    Returns
    -------
    ndarray
        The reliability of the mean of both halves. Its square root is what a model of the true
        mean, without error, would reach when compared with the mean that was measured.
    """
    r = np.asarray(agreement, np.float64)
    return 2 * r / (1 + r)


def leave_one_out(rdms: ArrayLike, metric: str = "pearson") -> tuple[Floats, Floats]:
    """Bounds on what a perfect model of the mean person could reach with single people.

    Parameters
    ----------
    rdms : array_like, shape (n_people, n, n)
        One dissimilarity matrix per person.
    metric : str
        A key of :data:`METRICS`.

    Returns
    -------
    lower, upper : ndarray, shape (n_people,)
        Agreement of each person with the mean of the others; with the mean of all, the person
        included. Their means are the bounds (Nili et al. 2014).

    Raises
    ------
    ValueError
        Fewer than two people.
    """
    rdms = np.asarray(rdms, np.float64)
    n_people = len(rdms)
    if n_people < 2:
        raise ValueError("leaving one out takes at least two people")
    total = rdms.sum(axis=0)
    compare = METRICS[metric]
    lower = [compare(rdm, (total - rdm) / (n_people - 1)) for rdm in rdms]
    upper = [compare(rdm, total / n_people) for rdm in rdms]
    return np.array(lower), np.array(upper)


# models among themselves


def linear_cka(a: ArrayLike, b: ArrayLike) -> float:
    """Linear centred kernel alignment of two representations of the same stimuli.

    Parameters
    ----------
    a, b : array_like, shape (n, n_dims)
        Dimensions may differ.

    Returns
    -------
    float
        ‖BᵀA‖² / (‖AᵀA‖ ‖BᵀB‖) of the column-centred matrices (Kornblith et al. 2019), in [0, 1];
        invariant to rotation and isotropic scaling. NaN where one side does not vary.

    Raises
    ------
    ValueError
        Different numbers of stimuli, or a number that is not finite.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b):
        raise ValueError(f"representations have shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a feature is not finite")
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    if len(a) < max(a.shape[1], b.shape[1]):
        # Gram matrices are smaller, and ‖BᵀA‖² = ⟨AAᵀ, BBᵀ⟩
        a, b = a @ a.T, b @ b.T
        across = (a * b).sum()
        own = np.linalg.norm(a) * np.linalg.norm(b)
    else:
        across = np.linalg.norm(b.T @ a) ** 2
        own = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(across / own) if own > 0 else float("nan")


def _distinct_hsic(k: Floats, m: Floats, weights: Floats) -> Floats:
    """Unbiased HSIC of two kernels in each resample; no stimulus meets itself or its copy.

    The U-statistic mean(k_ij m_ij) + mean(k_ij m_pq) − 2 mean(k_ij m_ip) over different stimuli
    (Song et al. 2012), each set of stimuli as often as its members were drawn.
    """
    n = len(k)
    one = np.ones((n, n))
    np.fill_diagonal(one, 0)
    square = weights**2

    def sums(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
        both = a * b
        of_a, of_b = weights @ a, weights @ b
        pairs = ((weights @ both) * weights).sum(axis=1)
        # three different stimuli: all paths j, i, p less those that return
        back = ((square @ both) * weights).sum(axis=1)
        triples = (weights * of_a * of_b).sum(axis=1) - back
        # four: all two pairs less those that share one stimulus, less those that share both
        shared = (square * of_a * of_b).sum(axis=1) - ((square @ both) * square).sum(axis=1)
        same = ((square @ both) * square).sum(axis=1)
        whole = (weights * of_a).sum(axis=1) * (weights * of_b).sum(axis=1)
        return pairs, triples, whole - 4 * shared - 2 * same

    with np.errstate(invalid="ignore", divide="ignore"):
        pairs, triples, fours = (x / y for x, y in zip(sums(k, m), sums(one, one), strict=True))
    return pairs + fours - 2 * triples


def debiased_cka(a: ArrayLike, b: ArrayLike, weights: ArrayLike | None = None) -> float | Floats:
    """Linear centred kernel alignment without the bias that few stimuli and many features bring.

    Parameters
    ----------
    a, b : array_like, shape (n, n_dims)
        Representations of the same stimuli; dimensions may differ.
    weights : array_like, shape (n_resamples, n), optional
        How often each stimulus stands in each resample; once by default.

    Returns
    -------
    float or ndarray, shape (n_resamples,)
        HSIC(a, b) / √(HSIC(a, a) HSIC(b, b)) with the unbiased estimator of HSIC (Nguyen et al.
        2021; Murphy et al. 2024). Around 0 for unrelated representations, where
        :func:`linear_cka` rises with the dimensions; may be negative. Copies of a stimulus never
        meet. NaN where one side does not vary, or fewer than four stimuli differ.

    Raises
    ------
    ValueError
        Different numbers of stimuli, or a number that is not finite.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b):
        raise ValueError(f"representations have shapes {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a feature is not finite")
    w = np.ones((1, len(a))) if weights is None else np.asarray(weights, np.float64)
    kernels = []
    for x in (a, b):
        x = x - x.mean(axis=0)  # changes nothing but the size of rounding errors
        x = x / (np.abs(x).max() or 1)
        kernel = x @ x.T
        np.fill_diagonal(kernel, 0)
        kernels.append(kernel)
    k, m = kernels
    own = _distinct_hsic(k, k, w) * _distinct_hsic(m, m, w)
    enough = ((w > 0).sum(axis=1) >= 4) & (own > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        out = np.where(enough, _distinct_hsic(k, m, w) / np.sqrt(own), np.nan)
    return out if weights is not None else float(out[0])


# attention maps


def map_similarity(model_maps: ArrayLike, human_maps: ArrayLike) -> Floats:
    """Spearman correlation of each saliency map with the human map of the same image.

    Parameters
    ----------
    model_maps, human_maps : array_like, shape (n_images, height, width)
        Of equal size: resize before.

    Returns
    -------
    ndarray, shape (n_images,)
        Over the positions of each image (Fel et al. 2022); NaN where a map is constant.

    Raises
    ------
    ValueError
        Shapes that differ, or a number that is not finite.
    """
    a, b = np.asarray(model_maps, np.float64), np.asarray(human_maps, np.float64)
    if a.shape != b.shape or a.ndim != 3:
        raise ValueError(f"maps must be images × height × width, have {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a map holds a number that is not finite")
    a, b = (rankdata(m.reshape(len(m), -1), axis=1) for m in (a, b))
    return (_standardised(a) * _standardised(b)).sum(axis=1)


MAP_SPLITS = 50


def map_ceiling(people_maps: ArrayLike, n_splits: int = MAP_SPLITS, seed: int = 0) -> float:
    """Spearman between the mean maps of two random halves of people, mean over images and splits.

    Parameters
    ----------
    people_maps : array_like, shape (n_people, n_images, height, width)
        Maps of the same images by each person.
    n_splits, seed : int
        Random splits, and the seed of NumPy's PCG64.

    Returns
    -------
    float
        What alignment is divided by to be a share of the human ceiling. Constant maps are left out;
        NaN where all are.

    Raises
    ------
    ValueError
        Fewer than two people.
    """
    maps = np.asarray(people_maps, np.float64)
    n_people = len(maps)
    if n_people < 2:
        raise ValueError("a split takes at least two people")
    generator = np.random.default_rng(seed)
    half = n_people // 2
    values = []
    for _ in range(n_splits):
        drawn = generator.permutation(n_people)
        first, second = maps[drawn[:half]], maps[drawn[half : 2 * half]]
        values.append(map_similarity(first.mean(axis=0), second.mean(axis=0)))
    values = np.array(values)
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
