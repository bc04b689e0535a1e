"""Aggregation of benchmarks: nine schemes, how sure their ranks are, and who carries the variance.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing. The
policy for missing cells is *available*: a model is averaged over the benchmarks it has, normalised
over the models each benchmark has. A missing cell is never zero.

A resample of benchmarks is a vector of weights over benchmarks and a resample of models a vector of
counts over models, so a bootstrap is a matrix product followed by a sort.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from compute.stats import plackett_luce
from compute.stats.ranks import average_ranks, known_and_largest
from compute.stats.resampling import counted_items, in_slices, row_quantiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Batch = Callable[[Floats], Floats]

KEMENY_ITEMS = 12
"""Kemeny's rule is exact on so many models; larger sets are cut to the best by arithmetic mean."""

EXACT_PARTS = 12
"""Up to so many parts all subsets are visited for Shapley shares; above, permutations are drawn."""

N_RESAMPLES = 1_000
"""What the warehouse is built with: the limits of an interval are then good to a place or two."""

_INTERVALS = (
    "rank_low_benchmarks",
    "rank_high_benchmarks",
    "rank_low_models",
    "rank_high_models",
    "rank_min_left_out",
    "rank_max_left_out",
)
COLUMNS = ("score", "score_minmax", "score_rank", *_INTERVALS, "tie_group", "rank_shift")
"""What :func:`rankings` says of every model."""

_TIED = 1e-9
_NOISE = 1e-12
_LEAST_CHUNK, _CHUNK = 32, 250
"""Resamples a thread takes at a time: enough for the fits that go side by side."""


# Ranks


def _matrix(scores: ArrayLike) -> Floats:
    scores = np.ascontiguousarray(scores, dtype=np.float64)
    if scores.ndim != 2 or 0 in scores.shape:
        raise ValueError(f"scores must be models × benchmarks, has shape {scores.shape}")
    if np.isinf(scores).any():
        raise ValueError("scores hold an infinity")
    return scores


def _benchmark_weights(weights: ArrayLike | None, n_benchmarks: int) -> Floats:
    if weights is None:
        return np.ones(n_benchmarks)
    weights = np.asarray(weights, float)
    if weights.shape != (n_benchmarks,):
        raise ValueError(f"{n_benchmarks} benchmarks need as many weights, got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("weights must be finite, not negative and not all zero")
    return weights


def rank(scores: ArrayLike) -> Floats:
    """Average ranks of each row, 1 = best; scores within 1e-9 of the largest one are tied."""
    return average_ranks(scores, tied=_TIED)


# Schemes: scores -> a function of benchmark weights, and a function of model counts


@dataclass(frozen=True)
class Scheme:
    """A way of turning many scores of a model into one.

    ``by_benchmarks(scores)`` gives a function from weights (n_draws, n_benchmarks) to aggregated
    scores (n_draws, n_models). ``by_models(scores)`` gives one from counts (n_draws, n_models):
    every model is scored against the reference cohort in which model j stands counts[j] times.
    ``max_resamples`` caps the bootstrap; 0 means that there is no interval.
    """

    title: str
    by_benchmarks: Callable[[Floats], Batch]
    by_models: Callable[[Floats], Batch] | None
    max_resamples: int = 10_000
    """Fewer where a resample costs all pairs of models, or a fit."""


def _ratio(numerator: Floats, denominator: Floats, scale: float) -> Floats:
    """Quotient in place of the numerator; NaN where nothing was averaged.

    Terms of size ``scale`` can cancel to rounding noise in every model: then all are equally 0.
    """
    with np.errstate(invalid="ignore"):
        np.divide(numerator, denominator, out=numerator)
    largest = np.fmax(np.fmax.reduce(numerator, axis=1), -np.fmin.reduce(numerator, axis=1))
    faint = largest < _TIED * scale
    if faint.any():
        numerator[faint] *= 0.0
    return numerator


def _average(terms: Floats, shares: Floats | None = None) -> Batch:
    """Weighted mean over benchmarks of ``terms`` (NaN = absent), or Σ terms / Σ shares."""
    known = ~np.isnan(terms)
    numerator = np.where(known, terms, 0).T.copy()
    scale = np.abs(numerator).max(initial=0)
    if shares is None and known.all():
        return lambda weights: _ratio(weights @ numerator, weights.sum(1, keepdims=True), scale)
    denominator = np.where(known, 1.0 if shares is None else shares, 0).T.copy()
    return lambda weights: _ratio(weights @ numerator, weights @ denominator, scale)


# mean, z, robust z, min-max: (score − centre) / spread, averaged


def _centre_none(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    return np.zeros((1, scores.shape[1])), np.ones((1, scores.shape[1]))  # whatever the models


def _centre_mean(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    present = (~np.isnan(scores)).astype(float)
    about = np.where(present.any(0), np.nan_to_num(scores).sum(0) / present.sum(0).clip(1), 0)
    centred = np.nan_to_num(scores - about)
    with np.errstate(invalid="ignore", divide="ignore"):
        n = counts @ present
        mean = counts @ centred / n
        variance = (counts @ centred**2 - n * mean**2) / (n - 1)
    variance[~(variance > _NOISE * (centred**2).max(0))] = np.nan
    return mean + about, np.sqrt(variance)


def _sorted_columns(scores: Floats) -> tuple[Floats, NDArray[np.uint32], Ints]:
    """Scores of each benchmark from worst to best, the models they belong to, and how many."""
    orders = np.argsort(scores, axis=0, kind="stable").T.copy()  # NaN sorts last
    ascending = np.take_along_axis(scores.T, orders, axis=1)
    return ascending, orders.astype(np.uint32), (~np.isnan(scores)).sum(0)


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


def _centre_least(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    low, high = np.full((2, len(counts), scores.shape[1]), np.nan)
    _extremes(*_sorted_columns(scores), counts, low, high)
    spread = high - low
    spread[spread == 0] = np.nan
    return low, spread


@numba.njit(cache=True, nogil=True)
def _reaching(reached, k):
    """First position at which the running count is at least k."""
    low, high = 0, reached.size - 1
    while low < high:
        middle = (low + high) // 2
        if reached[middle] >= k:
            high = middle
        else:
            low = middle + 1
    return low


@numba.njit(cache=True, nogil=True)
def _within(values, reached, median, distance):
    """How many drawn values lie within a distance of the median."""
    n = values.size
    low, high = 0, n  # first value that is not too far below
    while low < high:
        middle = (low + high) // 2
        if median - values[middle] <= distance:
            high = middle
        else:
            low = middle + 1
    first = low
    low, high = first, n  # first value that is too far above
    while low < high:
        middle = (low + high) // 2
        if values[middle] - median <= distance:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return 0
    return reached[low - 1] - (reached[first - 1] if first > 0 else 0)


@numba.njit(cache=True, nogil=True)
def _nearest(values, reached, median, k):
    """The k-th smallest distance of a drawn value from the median."""
    n = values.size
    split = np.searchsorted(values, median)
    best = np.inf
    low, high = 0, split  # number of values below the median that are too near to reach k
    while low < high:
        middle = (low + high) // 2
        if _within(values, reached, median, median - values[split - 1 - middle]) >= k:
            high = middle
        else:
            low = middle + 1
    if low < split:
        best = median - values[split - 1 - low]
    low, high = split, n
    while low < high:
        middle = (low + high) // 2
        if _within(values, reached, median, values[middle] - median) >= k:
            high = middle
        else:
            low = middle + 1
    if low < n:
        best = min(best, values[low] - median)
    return best


@numba.njit(cache=True, nogil=True)
def _medians(ascending, orders, lengths, counts, centre, spread):
    """Median and scaled MAD of each benchmark over a reference cohort of whole ``counts``.

    ``counts`` is models × resamples, so that the running counts of all resamples go in one line.
    """
    n_resamples = counts.shape[1]
    reached = np.empty((ascending.shape[1], n_resamples), np.int32)
    for b in range(len(lengths)):
        n = lengths[b]
        for at in range(n):
            for r in range(n_resamples):
                before = reached[at - 1, r] if at > 0 else 0
                reached[at, r] = before + counts[orders[b, at], r]
        values = ascending[b, :n]
        for r in range(n_resamples if n > 0 else 0):
            running = reached[:n, r]
            total = running[n - 1]
            if total == 0:
                continue
            lower, upper = (total + 1) // 2, total // 2 + 1
            median = values[_reaching(running, lower)]
            if lower != upper:
                median = (median + values[_reaching(running, upper)]) / 2
            mad = _nearest(values, running, median, lower)
            if lower != upper:
                mad = (mad + _nearest(values, running, median, upper)) / 2
            centre[r, b] = median
            spread[r, b] = 1.4826 * mad


def _centre_median(scores: Floats, counts: Floats) -> tuple[Floats, Floats]:
    centre, spread = np.full((2, len(counts), scores.shape[1]), np.nan)
    counts = np.ascontiguousarray(counts.T, np.int32)
    _medians(*_sorted_columns(scores), counts, centre, spread)
    spread[~(spread > 0)] = np.nan
    return centre, spread


def _scaled(centring: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> dict[str, Callable]:
    """Make the two sides of a scheme that averages (score − centre) / spread."""

    def by_benchmarks(scores: Floats) -> Batch:
        centre, spread = centring(scores, np.ones((1, len(scores))))
        return _average((scores - centre) / spread)

    def by_models(scores: Floats) -> Batch:
        present = (~np.isnan(scores)).T.astype(float).copy()
        filled = np.nan_to_num(scores).T.copy()
        complete = present.all()

        def against(counts: Floats) -> Floats:
            centre, spread = centring(scores, counts)
            known = (~np.isnan(spread)).astype(float)
            slope = known / np.where(known, spread, 1)
            shift = np.where(known, centre, 0) * slope
            if complete:
                total = slope @ filled
                total -= shift.sum(1, keepdims=True)
                return _ratio(total, known.sum(1, keepdims=True), 1.0)
            return _ratio(slope @ filled - shift @ present, known @ present, 1.0)

        return against

    return {"by_benchmarks": by_benchmarks, "by_models": by_models}


# mean rank, Borda


def _wins(scores: Floats) -> tuple[Floats, Floats]:
    """On how many benchmarks model j beats model i (½ for a tie), and how many they share."""
    n = len(scores)
    won, met = np.zeros((2, n, n))
    for j in range(n):
        with np.errstate(invalid="ignore"):
            ahead = np.sign(scores[j] - scores)
        met[:, j] = (~np.isnan(ahead)).sum(1)
        won[:, j] = (met[:, j] + np.nan_to_num(ahead).sum(1)) / 2
    np.fill_diagonal(met, 0)
    np.fill_diagonal(won, 0)
    return won, met


def _per_rival(won: Floats, met: Floats) -> Batch:
    """Ratio of two sums over the rivals in a reference cohort."""
    won, met = won.astype(np.float32), met.astype(np.float32)  # small multiples of ½: exact
    each = met.max()
    uniform = (met[~np.eye(len(met), dtype=bool)] == each).all()

    def against(counts: Floats) -> Floats:
        drawn = counts.astype(np.float32)
        rivals = each * (counts.sum(1, keepdims=True) - counts) if uniform else drawn @ met
        return _ratio((drawn @ won).astype(float), rivals, 1.0)

    return against


@numba.njit(cache=True, nogil=True)
def _beaten(ascending, orders, lengths, counts, out, met):
    """Add up (n − 1) / n × share of drawn rivals beaten + 1 / n over the benchmarks of a model."""
    for r in range(counts.shape[0]):
        for b in range(len(lengths)):
            n = lengths[b]
            total = 0.0
            for at in range(n):
                total += counts[r, orders[b, at]]
            below = 0.0
            start = 0
            while start < n:
                tied = counts[r, orders[b, start]]
                stop = start + 1
                while stop < n and ascending[b, stop] == ascending[b, start]:
                    tied += counts[r, orders[b, stop]]
                    stop += 1
                for at in range(start, stop):
                    i = orders[b, at]
                    own = counts[r, i]
                    if total > own:
                        share = (below + (tied - own) / 2) / (total - own)
                        out[r, i] += ((n - 1) * share + 1) / n
                        met[r, i] += 1
                below += tied
                start = stop


def _mean_rank_by_benchmarks(scores: Floats) -> Batch:
    n = (~np.isnan(scores)).sum(0)
    return _average((n - average_ranks(scores, axis=0) + 1) / n)


def _mean_rank_by_models(scores: Floats) -> Batch:
    if not np.isnan(scores).any():  # all benchmarks have the same rivals: Borda's order
        return _borda_by_models(scores)
    columns = _sorted_columns(scores)

    def against(counts: Floats) -> Floats:
        out, met = np.zeros((2, len(counts), len(scores)))
        _beaten(*columns, counts, out, met)
        return _ratio(out, met, 1.0)

    return against


def _borda_by_benchmarks(scores: Floats) -> Batch:
    n = (~np.isnan(scores)).sum(0)
    return _average(n - average_ranks(scores, axis=0), np.broadcast_to(n - 1.0, scores.shape))


def _borda_by_models(scores: Floats) -> Batch:
    return _per_rival(*_wins(scores))


# win rate (Copeland)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _duels(signs, weights, draw, i, net):
    """Add wins minus losses of model i against those after it on a weighted majority.

    ``signs[b, j]`` says whether model i is above (1) or below (−1) model i + 1 + j.
    """
    n_benchmarks, n = signs.shape
    margins = np.empty(n, signs.dtype)
    for r in range(weights.shape[0]):
        margins[:] = 0
        for b in range(n_benchmarks):
            weight = weights[r, b]
            if weight != 0:
                row = signs[b]
                for j in range(n):
                    margins[j] += weight * row[j]
        others = net[r, i + 1 :]
        own = 0
        for j in range(n):
            won = np.int16(margins[j] > draw) - np.int16(margins[j] < -draw)
            own += won
            others[j] -= won
        net[r, i] += own


def _win_rate_by_benchmarks(scores: Floats) -> Batch:
    present = ~np.isnan(scores)
    rivals = (present.astype(float) @ present.T > 0).sum(1) - 1
    with np.errstate(invalid="ignore"):
        signs = [
            np.nan_to_num(np.sign(scores[i] - scores[i + 1 :])).T.astype(np.int16, order="C")
            for i in range(len(scores) - 1)
        ]

    def under(weights: Floats) -> Floats:
        net = np.zeros((len(weights), len(scores)), np.int16)
        # resamples have whole weights, and whole numbers are added several times faster
        whole = (weights == np.rint(weights)).all() and weights.sum(1).max() < 2**15
        kind = np.int16 if whole else np.float64
        draw = kind(0 if whole else _TIED * weights.sum(1).max())
        for i, above in enumerate(signs):
            _duels(above.astype(kind, copy=False), weights.astype(kind), draw, i, net)
        rate = _ratio((net + rivals) / 2, np.broadcast_to(rivals, net.shape), 1.0)
        rate[weights @ present.T == 0] = np.nan
        return rate

    return under


def _win_rate_by_models(scores: Floats) -> Batch:
    won, met = _wins(scores)
    known = (met > 0).astype(float)
    return _per_rival(known * (1 + np.sign(2 * won - met)) / 2, known)


# Plackett–Luce


def _plackett_luce_by_benchmarks(scores: Floats) -> Batch:
    rankings, everyone = plackett_luce.rankings_of(scores), np.ones(len(scores))
    start = plackett_luce.strengths(rankings, np.ones(scores.shape[1]), everyone)
    return lambda weights: plackett_luce.strengths(rankings, weights, everyone, start=start)


def _plackett_luce_by_models(scores: Floats) -> Batch:
    rankings, equal = plackett_luce.rankings_of(scores), np.ones(scores.shape[1])
    start = plackett_luce.strengths(rankings, equal, np.ones(len(scores)))
    return lambda counts: plackett_luce.strengths(rankings, equal, counts, start=start)


# Kemeny


@numba.njit(cache=True, nogil=True)
def _best_orders(against):
    """Mean position of each item over all orders of least disagreement, by subsets.

    ``against[i, j]`` is the weight of the benchmarks that put j above i: what it costs to put i
    above j. Held–Karp over sets of items placed first, from both ends, with counts of best orders.
    """
    m = against.shape[0]
    n_sets = 1 << m
    tolerance = 1e-9 * max(1.0, np.abs(against).sum())
    # cost of placing item i directly after the set s: it goes above everything outside
    first = np.full(n_sets, np.inf)
    n_first = np.zeros(n_sets)
    first[0], n_first[0] = 0.0, 1.0
    outside = np.zeros((n_sets, m))
    for s in range(n_sets - 2, -1, -1):
        lowest = 0  # item outside: with it inside, the set has its costs already
        while s >> lowest & 1:
            lowest += 1
        for i in range(m):
            cost = against[i, lowest] if i != lowest else 0.0
            outside[s, i] = outside[s | 1 << lowest, i] + cost
    for s in range(n_sets):
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                value = first[s] + outside[s, i]
                if value < first[t] - tolerance:
                    first[t], n_first[t] = value, n_first[s]
                elif value <= first[t] + tolerance:
                    n_first[t] += n_first[s]
    rest = np.full(n_sets, np.inf)
    n_rest = np.zeros(n_sets)
    rest[n_sets - 1], n_rest[n_sets - 1] = 0.0, 1.0
    position = np.zeros(m)
    for s in range(n_sets - 2, -1, -1):
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                value = outside[s, i] + rest[t]
                if value < rest[s] - tolerance:
                    rest[s], n_rest[s] = value, n_rest[t]
                elif value <= rest[s] + tolerance:
                    n_rest[s] += n_rest[t]
    best = first[n_sets - 1]
    for s in range(n_sets - 1):
        place = 1
        for i in range(m):
            place += s >> i & 1
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                if first[s] + outside[s, i] + rest[t] <= best + tolerance:
                    position[i] += place * n_first[s] * n_rest[t]
    return position / n_first[n_sets - 1]


def _kemeny(scores: Floats) -> Batch:
    means = _average(scores)

    def under(weights: Floats) -> Floats:
        out = np.full((len(weights), len(scores)), np.nan)
        for row, w in enumerate(weights):
            mean = means(w[None])[0]
            kept = np.argsort(-mean, kind="stable")[:KEMENY_ITEMS]
            kept = np.sort(kept[~np.isnan(mean[kept])])
            with np.errstate(invalid="ignore"):
                above = scores[kept][None, :, :] > scores[kept][:, None, :]
            out[row, kept] = len(kept) - _best_orders((above * w).sum(2))
        return out

    return under


SCHEMES: dict[str, Scheme] = {
    "arithmetic_mean": Scheme("Arithmetic mean", **_scaled(_centre_none)),
    "z_mean": Scheme("Mean of z-scores", **_scaled(_centre_mean)),
    "robust_z_mean": Scheme("Mean of robust z-scores", **_scaled(_centre_median)),
    "minmax_mean": Scheme("Mean of min-max scores", **_scaled(_centre_least)),
    "mean_rank": Scheme("Mean rank", _mean_rank_by_benchmarks, _mean_rank_by_models),
    "borda": Scheme("Borda count", _borda_by_benchmarks, _borda_by_models),
    "win_rate": Scheme("Win rate (Copeland)", _win_rate_by_benchmarks, _win_rate_by_models, 2_000),
    "plackett_luce": Scheme(
        "Plackett–Luce", _plackett_luce_by_benchmarks, _plackett_luce_by_models, 200
    ),
    "kemeny": Scheme("Kemeny", _kemeny, None, 0),
}
REFERENCE = "arithmetic_mean"


def _scheme(name: str) -> Scheme:
    if name not in SCHEMES:
        raise ValueError(f"no scheme {name!r}; known: {', '.join(SCHEMES)}")
    return SCHEMES[name]


def aggregate(scores: ArrayLike, scheme: str, weights: ArrayLike | None = None) -> Floats:
    """One score per model.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``:

        - ``arithmetic_mean``: mean of the scores;
        - ``z_mean``: mean of (score − mean) / sample sd;
        - ``robust_z_mean``: mean of (score − median) / (1.4826 MAD);
        - ``minmax_mean``: mean of (score − min) / (max − min);
        - ``mean_rank``: mean of (n − rank + 1) / n, n the models of the benchmark;
        - ``borda``: models beaten over all benchmarks (a tie is ½), divided by those it met. With
          complete scores the order is that of ``mean_rank``; with holes, benchmarks with many
          models count for more;
        - ``win_rate``: Copeland's rule, the share of rivals beaten on a (weighted) majority of
          the benchmarks both have; a draw is ½;
        - ``plackett_luce``: log strengths (:func:`compute.stats.plackett_luce.strengths`), with the
          prior N(0, 50) because a model that is first everywhere has no finite one;
        - ``kemeny``: n − mean place over all orders that disagree least with the benchmarks, pair
          by pair. Exact. Of more than 12 models only the 12 best by arithmetic mean (ties: first
          rows first) are ordered.
    weights : array_like, shape (n_benchmarks,), optional
        Weight of each benchmark; equal by default. Normalisation is not weighted, averaging is.

    Returns
    -------
    ndarray, shape (n_models,)
        Higher is better. NaN for a model without any usable score. A benchmark on which the models
        do not vary (sd, MAD or range 0) is left out of the scheme that would divide by that.

    Raises
    ------
    ValueError
        Unknown scheme, an infinity, or weights that do not fit.
    """
    scores = _matrix(scores)
    weights = _benchmark_weights(weights, scores.shape[1])
    return _scheme(scheme).by_benchmarks(scores)(weights[None])[0]


# Intervals


def _in_chunks(work: Callable[[slice], Floats | None], n: int) -> list:
    return in_slices(work, n, max(_LEAST_CHUNK, min(_CHUNK, n // 8)))


def _resampling(
    scores: ArrayLike, scheme: str, n_resamples: int, confidence: float
) -> tuple[Floats, int, Floats]:
    """Checked scores, the resamples that the scheme can afford, and the levels of the limits."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), is {confidence}")
    levels = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    return _matrix(scores), min(n_resamples, _scheme(scheme).max_resamples), levels


@numba.njit(cache=True, nogil=True)
def _tally(values, order, multiplicity, relative, counts):
    """Count twice the average rank of each model in each row (see :func:`rank`)."""
    for r in range(values.shape[0]):
        n, largest = known_and_largest(values[r], order[r])
        tied = relative * largest
        start = 0
        value = values[r, order[r, 0]]
        while start < n:
            stop = start + 1
            while stop < n:
                before, value = value, values[r, order[r, stop]]
                if before - value > tied:
                    break
                stop += 1
            for at in range(start, stop):
                counts[order[r, at], start + stop + 1] += multiplicity[r]
            start = stop


def _tally_quantiles(counts: Ints, tails: Floats) -> Floats:
    """Quantiles (NumPy's default definition) of half-integer ranks from their counts."""
    reached = counts.cumsum(1)
    total = reached[:, -1]
    out = np.full((len(tails), len(counts)), np.nan)
    for row, tail in zip(out, tails, strict=True):
        at = tail * np.maximum(total - 1, 0)
        below = np.floor(at)
        low = (reached <= below[:, None]).sum(1) / 2
        high = (reached <= np.ceil(at)[:, None]).sum(1) / 2
        row[:] = np.where(total > 0, low + (at - below) * (high - low), np.nan)
    return out


def intervals_over_benchmarks(
    scores: ArrayLike,
    scheme: str,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Percentile interval of each model's rank when the benchmarks are drawn anew.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``.
    n_resamples : int
        Capped by the scheme (win rate 2,000, Plackett–Luce 200, Kemeny 0).
    seed : int
        Of NumPy's PCG64.
    weights : array_like, shape (n_benchmarks,), optional
        Multiply the number of times a benchmark is drawn.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        NaN throughout for a scheme without resamples or with fewer than two benchmarks. A model
        with none of the drawn benchmarks has no rank in that resample and takes no place in it.

    Raises
    ------
    ValueError
        As :func:`aggregate`, or ``confidence`` outside (0, 1).

    Notes
    -----
    As many benchmarks as there are get drawn with replacement; normalisation stays that of the
    cohort. Equal draws are computed once: two benchmarks have 3 different resamples, five 126.
    """
    scores, n_resamples, levels = _resampling(scores, scheme, n_resamples, confidence)
    n, k = scores.shape
    weights = _benchmark_weights(weights, k)
    if n_resamples < 1 or k < 2:
        return np.full(n, np.nan), np.full(n, np.nan)
    drawn, multiplicity = counted_items(k, n_resamples, seed), np.ones(n_resamples, np.int64)
    if math.comb(2 * k - 1, k) < n_resamples:
        drawn, multiplicity = np.unique(drawn, axis=0, return_counts=True)
    drawn = drawn * weights
    under = SCHEMES[scheme].by_benchmarks(scores)

    def work(rows: slice) -> Ints:
        counts = np.zeros((n, 2 * n + 1), np.int32)
        values = under(drawn[rows])
        _tally(values, np.argsort(-values, axis=1), multiplicity[rows], _TIED, counts)
        return counts

    return tuple(_tally_quantiles(sum(_in_chunks(work, len(drawn))), levels))


@numba.njit(cache=True, nogil=True)
def _places(values, order, counts, relative, out):
    """Place of each model against a reference cohort of ``counts``, on the scale 1 to n."""
    for r in range(values.shape[0]):
        n, largest = known_and_largest(values[r], order[r])
        tied = relative * largest
        total = 0.0
        for at in range(n):
            total += counts[r, order[r, at]]
        above = 0.0
        start = 0
        while start < n:
            stop = start + 1
            level = counts[r, order[r, start]]
            while stop < n and values[r, order[r, stop - 1]] - values[r, order[r, stop]] <= tied:
                level += counts[r, order[r, stop]]
                stop += 1
            for at in range(start, stop):
                i = order[r, at]
                rivals = total - counts[r, i]
                if rivals > 0:
                    out[i, r] = 1 + (n - 1) * (above + (level - counts[r, i]) / 2) / rivals
            above += level
            start = stop


def intervals_over_models(
    scores: ArrayLike,
    scheme: str,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Percentile interval of each model's rank when the models it is compared with are drawn anew.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``.
    n_resamples : int
        Capped by the scheme (win rate 2,000, Plackett–Luce 200, Kemeny 0).
    seed : int
        Of NumPy's PCG64.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        NaN throughout for a scheme without resamples.

    Raises
    ------
    ValueError
        As :func:`aggregate`, or ``confidence`` outside (0, 1).

    Notes
    -----
    What is resampled is the reference cohort: n models drawn with replacement. All that a scheme
    takes from other models (mean, sd, median, MAD, extremes, ranks, majorities, strengths) is
    taken from the drawn ones, and *every* model, drawn or not, is then scored against them. Its
    place is 1 + (n − 1) × the share of the drawn rivals (its own copies left out) that score
    higher, an equal one counting half. On the cohort itself that is the average rank; first stays
    1 and last n in any resample.

    The other way, ranking the drawn models among themselves, says nothing about a model in the 37 %
    of resamples that miss it, and its places depend on how many distinct models were drawn.
    """
    scores, n_resamples, levels = _resampling(scores, scheme, n_resamples, confidence)
    n = len(scores)
    if n_resamples < 1 or n < 2:
        return np.full(n, np.nan), np.full(n, np.nan)
    drawn = counted_items(n, n_resamples, seed)
    against = SCHEMES[scheme].by_models(scores)
    places = np.full((n, n_resamples), np.nan)

    def place(rows: slice) -> None:
        values = against(drawn[rows])
        order = np.argsort(-values, axis=1)
        if len(values) == 1:  # the arithmetic mean takes nothing from other models
            values, order = (np.repeat(a, len(drawn[rows]), axis=0) for a in (values, order))
        _places(values, order, drawn[rows], _TIED, places[:, rows])

    _in_chunks(place, n_resamples)
    return tuple(row_quantiles(places, levels))


def leave_one_out(
    scores: ArrayLike, scheme: str, weights: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Best and worst rank of each model when any one benchmark is left out.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``.
    weights : array_like, shape (n_benchmarks,), optional
        Of the benchmarks; equal by default.

    Returns
    -------
    lowest, highest : ndarray, shape (n_models,)
        NaN for one benchmark, and for a model that the scheme does not rank.

    Raises
    ------
    ValueError
        As :func:`aggregate`.
    """
    scores = _matrix(scores)
    n, k = scores.shape
    weights = _benchmark_weights(weights, k)
    left = (weights * (1 - np.eye(k)))[weights > 0]
    if len(left) < 2:
        return np.full(n, np.nan), np.full(n, np.nan)
    under = _scheme(scheme).by_benchmarks(scores)
    with threadpool_limits(1, "blas"):
        ranks = rank(under(left))
        unranked = np.isnan(under(weights[None])[0])
    known = ~np.isnan(ranks)
    lowest = np.where(known, ranks, np.inf).min(0)
    highest = np.where(known, ranks, -np.inf).max(0)
    nowhere = unranked | ~known.any(0)
    return np.where(nowhere, np.nan, lowest), np.where(nowhere, np.nan, highest)


def tie_groups(ranks: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Groups of models that the evidence does not tell apart from the best of the group.

    Parameters
    ----------
    ranks, low, high : array_like, shape (n_models,)
        Rank and its interval.

    Returns
    -------
    ndarray, shape (n_models,)
        1 for the group of the best model, then 2, …; NaN where the rank or interval is. Walking
        down the ranking, a model joins the group if its interval meets that of the group's leader
        (its first model), else it leads the next.
    """
    ranks, low, high = (np.asarray(a, float) for a in (ranks, low, high))
    group = np.full(len(ranks), np.nan)
    number, leader = 0, None
    for i in np.lexsort((high, low, ranks)):
        if np.isnan(ranks[i]) or np.isnan(low[i]):
            continue
        if leader is None or low[i] > high[leader] or high[i] < low[leader]:
            number, leader = number + 1, i
        group[i] = number
    return group


def rankings(
    scores: ArrayLike,
    schemes: Sequence[str] = tuple(SCHEMES),
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
    weights: ArrayLike | None = None,
) -> dict[str, dict[str, NDArray]]:
    """Everything about the ranking of one set of models under several schemes.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    schemes : sequence of str
        Keys of ``SCHEMES``.
    n_resamples : int
        Of both bootstraps.
    seed : int
        Of both bootstraps.
    weights : array_like, shape (n_benchmarks,), optional
        The bootstrap over models takes the benchmarks as equal, and is NaN with weights.

    Returns
    -------
    dict of scheme to dict of column to ndarray, shape (n_models,)
        ``score``; ``score_minmax`` in [0, 1] (NaN where all are equal); ``score_rank`` (1 = best);
        ``rank_low_benchmarks`` … ``rank_high_models``, 95 % intervals; ``rank_min_left_out`` and
        ``rank_max_left_out``; ``tie_group`` by the interval over benchmarks; ``rank_shift``, places
        lost (+) or won (−) against the arithmetic mean.

    Raises
    ------
    ValueError
        As :func:`aggregate`.
    """
    scores = _matrix(scores)
    weights = _benchmark_weights(weights, scores.shape[1])
    # benchmarks in an order of their own: how the caller lists them decides nothing
    columns = np.lexsort(np.vstack([weights, scores]))
    scores, weights = np.ascontiguousarray(scores[:, columns]), weights[columns]
    key = scores.tobytes(), scores.shape, weights.tobytes()
    return {name: dict(_ranking(*key, name, n_resamples, seed)) for name in schemes}


@lru_cache(maxsize=64)
def _ranking(
    data: bytes, shape: tuple[int, int], weighting: bytes, name: str, n_resamples: int, seed: int
) -> dict[str, NDArray]:
    """Rank one scheme; a set that comes again (a level of another cohort) is not computed twice."""
    scores = np.frombuffer(data).reshape(shape)
    weights = np.frombuffer(weighting)
    equal = (weights == weights[0]).all()
    score = aggregate(scores, name, weights)
    score_rank = rank(score)
    reference = rank(aggregate(scores, REFERENCE, weights))
    nowhere = np.full(shape[0], np.nan)
    known = score[~np.isnan(score)]
    spread = np.ptp(known) if known.size else 0
    # without holes Borda orders models as the mean rank does, in every resample
    twin = "mean_rank" if name == "borda" and not np.isnan(scores).any() else name
    if twin != name:
        same = _ranking(data, shape, weighting, twin, n_resamples, seed)
        intervals = [same[column] for column in _INTERVALS]
    else:
        models = [nowhere, nowhere]
        if equal:
            models = intervals_over_models(scores, name, n_resamples, seed)
        benchmarks = intervals_over_benchmarks(scores, name, n_resamples, seed, weights)
        intervals = [*benchmarks, *models, *leave_one_out(scores, name, weights)]
    minmax = (score - known.min()) / spread if spread > 0 else nowhere
    group = tie_groups(score_rank, *intervals[:2])
    columns = score, minmax, score_rank, *intervals, group, score_rank - reference
    return dict(zip(COLUMNS, columns, strict=True))


# Who carries the variance


def variance_shares(
    parts: ArrayLike,
    weights: ArrayLike | None = None,
    n_permutations: int = 1000,
    seed: int = 0,
) -> dict[str, Floats | str | int]:
    """Shares of the variance of a weighted mean that its parts account for.

    Parameters
    ----------
    parts : array_like, shape (n_models, n_parts)
        Models with a missing part are left out.
    weights : array_like, shape (n_parts,), optional
        The whole is Σ weights × parts; equal weights by default.
    n_permutations, seed : int
        Of the sampled Shapley shares.

    Returns
    -------
    dict
        ``r_squared``: squared correlation of each part with the whole (Ahlert et al.). Parts that
        correlate share what they explain, so these do not sum to 1.
        ``covariance_share``: weight × cov(part, whole) / var(whole); sums to 1, may be negative.
        ``shapley_share``: the part's gain in r² when it joins a regression of the whole on other
        parts, averaged over all orders of joining (LMG); not negative, sums to the r² of all
        parts, which is 1.
        ``method``: ``exact`` (all subsets) up to 12 parts, else ``sampled`` (random orders).
        ``n_models``. The shares are NaN where the whole does not vary or fewer than 3 models stay.

    Raises
    ------
    ValueError
        As :func:`aggregate`.

    References
    ----------
    Lindeman, Merenda & Gold (1980); Grömping (2007), The American Statistician 61(2).
    """
    parts = _matrix(parts)
    k = parts.shape[1]
    weights = _benchmark_weights(weights, k)
    weights = weights / weights.sum()
    parts = parts[~np.isnan(parts).any(1)]
    n = len(parts)
    method = "exact" if k <= EXACT_PARTS else "sampled"
    shares = {name: np.full(k, np.nan) for name in ("r_squared", "covariance_share")}
    shares["shapley_share"] = np.full(k, np.nan)
    if n > 2:
        centred = parts - parts.mean(0)
        whole = centred @ weights
        variance = whole @ whole
        if variance > _NOISE * (centred**2).sum():
            own = (centred**2).sum(0)
            varies = own > 0
            with threadpool_limits(1, "blas"):
                scaled = np.where(varies, centred / np.sqrt(np.where(varies, own, 1)), 0)
                among = scaled.T @ scaled
                with_whole = scaled.T @ whole / np.sqrt(variance)
                shares["r_squared"] = with_whole**2
                shares["covariance_share"] = weights * (centred.T @ whole) / variance
                shares["shapley_share"] = (
                    _shapley_exact(among, with_whole)
                    if method == "exact"
                    else _shapley_sampled(among, with_whole, n_permutations, seed)
                )
    return {**shares, "method": method, "n_models": n}


def _shapley_exact(among: Floats, with_whole: Floats) -> Floats:
    """Average gain in r² over all subsets of the other parts, each weighted by its orders."""
    k = len(with_whole)
    explained = np.zeros(1 << k)
    for size in range(1, k + 1):
        subsets = np.array(list(combinations(range(k), size)))
        matrices = among[subsets[:, :, None], subsets[:, None, :]]
        vectors = with_whole[subsets]
        inverse = np.linalg.pinv(matrices, rcond=1e-10, hermitian=True)
        explained[(1 << subsets).sum(1)] = np.einsum("si,sij,sj->s", vectors, inverse, vectors)
    members = np.arange(1 << k)
    size = np.bitwise_count(members).astype(int)
    out = np.empty(k)
    for i in range(k):
        without = members[(members >> i & 1) == 0]
        orders = np.array([1 / (k * math.comb(k - 1, s)) for s in range(k)])[size[without]]
        out[i] = (orders * (explained[without | 1 << i] - explained[without])).sum()
    return out


@numba.njit(cache=True, nogil=True)
def _gains(among, with_whole, permutations):
    """Mean gain in r² per part: the squared last row of the Cholesky factor in each order."""
    k = with_whole.size
    out = np.zeros(k)
    factor = np.empty((k, k))
    for order in permutations:
        left = 1.0
        gains = np.zeros(k)
        for a in range(k):
            for c in range(a):
                value = among[order[a], order[c]]
                for t in range(c):
                    value -= factor[a, t] * factor[c, t]
                factor[a, c] = value / factor[c, c] if factor[c, c] > 0 else 0.0
            own, whole = among[order[a], order[a]], with_whole[order[a]]
            for t in range(a):
                own -= factor[a, t] * factor[a, t]
                whole -= factor[a, t] * gains[t]
            # a part that earlier ones determine adds nothing
            factor[a, a] = np.sqrt(own) if own > 1e-10 else 0.0
            gains[a] = whole / factor[a, a] if factor[a, a] > 0 else 0.0
            gain = min(gains[a] * gains[a], left)
            out[order[a]] += gain
            left -= gain
    return out / len(permutations)


def _shapley_sampled(among: Floats, with_whole: Floats, n_permutations: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    k = len(with_whole)
    permutations = generator.permuted(np.tile(np.arange(k), (n_permutations, 1)), axis=1)
    return _gains(among, with_whole, permutations)
