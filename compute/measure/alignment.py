"""How far a model's distances between stimuli are people's: one record per metric.

A metric compares the distances of a model, or of many at once, with people's dissimilarities, and
compares them again in each resample of the stimuli, a vector of how often each was drawn. A
stimulus drawn twice is at distance 0 from itself on both sides; pairs and triplets that hold one
stimulus twice are left out, as they would raise every estimate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import comb

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit
from threadpoolctl import threadpool_limits

from compute.measure.rdm import (
    pairs,
    pearson_alignment,
    spearman_alignment,
    square_matrices,
    two_matrices,
)
from compute.measure.sets.stimuli import Judgement, Stimuli
from compute.measure.shards import Shard
from compute.measure.tables import MANY_STIMULI, N_RESAMPLES, quantiles
from compute.measure.triplets import (
    odd_one_out_accuracy,
    odd_ones,
    odd_scores,
    positions,
    triplet_agreement,
    triplet_orders,
)
from compute.stats.correlation import weighted_pearson
from compute.stats.ranks import tie_codes, weighted_ranks
from compute.stats.resampling import resample_counts

Floats = NDArray[np.float64]


@numba.njit(cache=True)
def _up_to(tree, place):
    """Sum of the entries 1 … place of a Fenwick tree."""
    total = 0.0
    while place > 0:
        total += tree[place]
        place -= place & -place
    return total


@numba.njit(cache=True)
def _add(tree, place, value):
    while place < tree.size:
        tree[place] += value
        place += place & -place


@numba.njit(cache=True)
def _weighted_kendall(order, codes, places, w):
    """Kendall's τ-b of entries that stand ``w`` times each; NaN where one side is constant.

    ``order`` sorts one side and equal neighbours in it have equal ``codes``; ``places`` are dense
    ranks of the other side, from 1. Copies tie on both sides.
    """
    tree, of_place = np.zeros((2, places.max() + 1))
    score = seen = same = start = 0
    while start < order.size:
        group, stop = 0.0, start
        while stop < order.size and codes[stop] == codes[start]:
            at, stop = order[stop], stop + 1
            if w[at] > 0:
                # concordant less discordant, with all that is smaller on the first side
                below = _up_to(tree, places[at] - 1) + _up_to(tree, places[at])
                score += w[at] * (below - seen)
                group += w[at]
        for at in order[start:stop]:
            if w[at] > 0:
                _add(tree, places[at], w[at])
                of_place[places[at]] += w[at]
        seen, same, start = seen + group, same + group * group, stop
    untied = seen * seen - same, seen * seen - (of_place * of_place).sum()
    if min(untied) <= 0:
        return np.nan
    return min(1.0, max(-1.0, 2 * score / np.sqrt(untied[0]) / np.sqrt(untied[1])))


@numba.njit(cache=True, parallel=True)
def _resampled_pairs(x, y, orders, codes, first, second, weights, method):
    places = np.empty(x.size, np.int64)
    places[orders[1]] = codes[1] + 1
    out = np.empty(weights.shape[0])
    for b in numba.prange(weights.shape[0]):
        w = weights[b]
        of_pair = np.empty(x.size)
        for p in range(x.size):
            of_pair[p] = w[first[p]] * w[second[p]]
        if method == "kendall":
            out[b] = _weighted_kendall(orders[0], codes[0], places, of_pair)
        elif method == "spearman":
            of_x, of_y = np.empty(x.size), np.empty(x.size)
            weighted_ranks(orders[0], codes[0], x.size, of_pair, of_x)
            weighted_ranks(orders[1], codes[1], x.size, of_pair, of_y)
            out[b] = weighted_pearson(of_x, of_y, of_pair)
        else:
            out[b] = weighted_pearson(x, y, of_pair)
    return out


def _resample_pairs(method: str, model: Floats, human: Floats, weights: Floats) -> Floats:
    x, y = pairs(model), pairs(human)
    orders = np.stack([np.argsort(v, kind="stable") for v in (x, y)])
    codes = np.zeros(orders.shape, np.int64)
    for v, order, code in zip((x, y), orders, codes, strict=True):
        tie_codes(v, order, v.size, 0.0, code)
    first, second = np.triu_indices(len(model), 1)
    return _resampled_pairs(x, y, orders, codes, first, second, weights, method)


def kendall_alignment(models: ArrayLike, human: ArrayLike) -> float | Floats:
    """As :func:`pearson_alignment`, Kendall's τ-b: rsatoolbox's ``tau-b``.

    Concordant less discordant pairs of distances, over the geometric mean of how many pairs do not
    tie in the model and how many do not in people. Takes n² log n steps for n stimuli.
    """
    if np.ndim(models) == 3:
        return np.array([kendall_alignment(model, human) for model in models])
    two, once = two_matrices(models, human), np.ones((1, len(human)))
    return float(_resample_pairs("kendall", *two, once)[0]) if len(human) > 1 else float("nan")


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
            discordant += w[j] * (seen - _up_to(tree, p))
            _add(tree, p, w[j])
            seen += w[j]
            squares += w[j] * w[j]
        wrong += w[i] * discordant
        whole += w[i] * (seen * seen - squares) / 2
    return 1 - wrong / whole if whole > 0 else np.nan


@numba.njit(cache=True, parallel=True)
def _resampled_triplets(orders, places, weights):
    out = np.empty(weights.shape[0])
    for b in numba.prange(weights.shape[0]):
        out[b] = _weighted_triplets(orders, places, weights[b], np.zeros(weights.shape[1]))
    return out


def _resample_triplets(model: Floats, human: Floats, weights: Floats) -> Floats:
    places = positions(triplet_orders(human))
    return _resampled_triplets(triplet_orders(model), places, weights)


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


def resample_choices(model: Floats, triplets: ArrayLike, weights: Floats) -> Floats:
    """Odd-one-out accuracy in each resample; a triplet counts as often as its stimuli were drawn.

    Parameters
    ----------
    model : ndarray, shape (n, n)
        Distances.
    triplets : array_like of int, shape (n_triplets, 3)
        As of :func:`odd_one_out_accuracy`.
    weights : ndarray, shape (n_resamples, n)
        How often each stimulus was drawn.

    Returns
    -------
    ndarray, shape (n_resamples,)
        NaN where no triplet was drawn.
    """
    triplets = np.asarray(triplets, np.int64).reshape(-1, 3)
    return _weighted_share(triplets, odd_scores(square_matrices(model), triplets), weights)


def _odd_one_out(models: ArrayLike, human: ArrayLike) -> float | Floats:
    triplets = odd_ones(human)
    if np.ndim(models) == 2:
        return odd_one_out_accuracy(models, triplets)
    return np.array([odd_one_out_accuracy(model, triplets) for model in models])


@dataclass(frozen=True)
class Metric:
    """A way to compare a model's distances with people's dissimilarities.

    Attributes
    ----------
    compare : callable
        Distances of one model (n, n) or of many (n_models, n, n), and people's (n, n), to the
        estimate of each.
    resample : callable
        Distances of one model, people's, and weights (n_resamples, n) to the estimate in each
        resample of the stimuli.
    n_compared : callable
        People's dissimilarities to the number of pairs or triplets that are compared.
    is_product_moment : bool
        Whether it is Pearson's correlation, of values or ranks: the Spearman–Brown formula holds
        for its ceiling. For Kendall's τ it gives too much (.86 for .78 in a normal example).
    most_stimuli : int or None
        Beyond so many it costs too much and is left out.
    is_derived : bool
        Nobody was asked this question; the answer is derived from dissimilarities.
    every : int
        One resample in so many is computed: of those, that cost much, fewer are enough.
    """

    compare: Callable[[ArrayLike, ArrayLike], float | Floats]
    resample: Callable[[Floats, Floats, Floats], Floats]
    n_compared: Callable[[Floats], int] = lambda h: comb(len(h), 2)
    is_product_moment: bool = True
    most_stimuli: int | None = None
    is_derived: bool = False
    every: int = 1


METRICS = {
    "pearson": Metric(pearson_alignment, partial(_resample_pairs, "pearson")),
    "spearman": Metric(spearman_alignment, partial(_resample_pairs, "spearman")),
    "kendall": Metric(
        kendall_alignment, partial(_resample_pairs, "kendall"), is_product_moment=False
    ),
    "triplet": Metric(
        triplet_agreement,
        _resample_triplets,
        lambda h: 3 * comb(len(h), 3),
        is_product_moment=False,
    ),
    "odd_one_out": Metric(
        _odd_one_out,
        lambda m, h, w: resample_choices(m, odd_ones(h), w),
        lambda h: len(odd_ones(h)),
        is_product_moment=False,
        most_stimuli=MANY_STIMULI,
        is_derived=True,
        every=4,
    ),
}
"""Another metric is one more record: intervals, controls, ceilings and tests follow from it."""


MIN_STIMULI = 4
"""Fewer give no interval over stimuli: a resample of three holds three pairs, or one, or none."""


def bootstrap(
    metric: str, model: ArrayLike, human: ArrayLike, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Floats:
    """A metric in bootstrap resamples of stimuli.

    Parameters
    ----------
    metric : str
        A key of :data:`METRICS`.
    model, human : array_like, shape (n, n)
        Distances of a model; dissimilarities of people.
    n_resamples, seed : int
        How many, and the seed of NumPy's PCG64. Equal seeds draw equal stimuli, so that models
        can be compared resample by resample.

    Returns
    -------
    ndarray, shape (n_resamples,)
        NaN where a resample does not vary. Empty where there is nothing to resample: fewer than
        :data:`MIN_STIMULI` stimuli, or a metric that is NaN for all of them.

    Raises
    ------
    ValueError
        Shapes that differ, or distances that :func:`compute.measure.rdm.square_matrices` refuses.
    """
    model, human = two_matrices(model, human)
    if len(model) < MIN_STIMULI or np.isnan(METRICS[metric].compare(model, human)):
        return np.empty(0)
    weights = resample_counts(len(model), n_resamples, seed).astype(np.float64)
    return METRICS[metric].resample(model, human, weights)


MIN_PEOPLE = 5
"""Fewer give no interval over people: with five the jackknife covers its 95 %, in simulation."""


def jackknife_people(metric: str, models: ArrayLike, rdms: ArrayLike) -> tuple[Floats, Floats]:
    """95 % intervals over people of the agreement with their mean.

    Parameters
    ----------
    metric : str
        A key of :data:`METRICS`.
    models : array_like, shape (n_models, n, n)
        Distances of each model.
    rdms : array_like, shape (n_people, n, n)
        One dissimilarity matrix per person.

    Returns
    -------
    low, high : ndarray, shape (n_models,)
        Estimate ± t × the jackknife's standard error, t with n_people − 1 degrees of freedom
        (Tukey 1958). NaN where the metric is.

    Raises
    ------
    ValueError
        Fewer than :data:`MIN_PEOPLE` people, or distances that
        :func:`compute.measure.rdm.square_matrices` refuses.

    Notes
    -----
    Leaving one person out changes the mean little. People drawn with replacement would make a mean
    of fewer people, noisier than theirs, and percentiles of it lie below the estimate.
    """
    models, rdms = square_matrices(models), square_matrices(rdms)
    n_people = len(rdms)
    if n_people < MIN_PEOPLE:
        raise ValueError(f"{n_people} people are too few for an interval; {MIN_PEOPLE} are enough")
    compare, total = METRICS[metric].compare, rdms.sum(axis=0)
    # two BLAS threads stall on products this small
    with threadpool_limits(1, user_api="blas"):
        without = np.array([compare(models, (total - rdm) / (n_people - 1)) for rdm in rdms])
        estimate = np.asarray(compare(models, total / n_people))
    error = np.sqrt((n_people - 1) * without.var(axis=0))
    reach = stdtrit(n_people - 1, 0.975) * error
    return estimate - reach, estimate + reach


JACKKNIFE = "jackknife"
NOT_COMPUTED = "none: not computed for this metric"


def _people_interval(judged: Judgement, metric: Metric) -> str:
    """How the interval over people came about, or why there is none."""
    if metric.is_derived:
        return NOT_COMPUTED
    if judged.unit == "mean":
        return "none: only a mean is published"
    if judged.unit == "half":
        return "none: two halves of the raters, not people"
    if len(judged.rdms) < MIN_PEOPLE:
        return f"none: fewer than {MIN_PEOPLE} people"
    return JACKKNIFE


def alignment_rows(
    shards: list[Shard], models: Floats, chosen: Stimuli, distance: str, n_resamples: int
) -> tuple[list[dict], list[dict]]:
    """Rows of alignments, and of what pretrained models have beyond their controls.

    ``models`` are the distances of each shard's model, shape (n_models, n, n).
    """
    n = len(chosen)
    if n > MANY_STIMULI:
        n_resamples = min(n_resamples, N_RESAMPLES // 10)
    rows, differences = [], []
    for judged in chosen.judgements:
        human = judged.mean
        for name, metric in METRICS.items():
            if metric.most_stimuli is not None and n > metric.most_stimuli:
                continue
            interval = _people_interval(judged, metric)
            limits = np.full((2, len(models)), np.nan)
            if interval == JACKKNIFE:
                limits = jackknife_people(name, models, judged.rdms)
            n_computed = n_resamples // metric.every
            resampled = [bootstrap(name, model, human, n_computed) for model in models]
            found = [
                {
                    **shard.about,
                    **quantiles(drawn),
                    "stimulus_set_id": chosen.name,
                    "target": judged.target,
                    "distance": distance,
                    "metric": name,
                    "estimate": metric.compare(model, human),
                    "ci_low_people": low,
                    "ci_high_people": high,
                    "people_interval": interval,
                    "n_stimuli": n,
                    "n_compared": metric.n_compared(human),
                    "n_people": len(judged.rdms) if judged.unit == "person" else None,
                    "n_resamples": len(drawn),
                    "is_derived": judged.is_derived or metric.is_derived,
                }
                for shard, model, drawn, low, high in zip(
                    shards, models, resampled, *limits, strict=True
                )
            ]
            rows += found
            differences += control_rows(found, resampled)
    return rows, differences


def control_rows(rows: list[dict], resampled: list[np.ndarray]) -> Iterator[dict]:
    """Each pretrained model less the mean of the untrained networks of its architecture.

    The same images are drawn for both, so the interval is one of paired differences. The controls
    stand for themselves in it: their spread over seeds is given beside it.
    """
    controls: dict[tuple, list[int]] = {}
    key = ("architecture", "layer")
    for at, row in enumerate(rows):
        if row["is_control"] and not np.isnan(row["estimate"]):
            controls.setdefault(tuple(row[k] for k in key), []).append(at)
    for at, row in enumerate(rows):
        own = controls.get(tuple(row[k] for k in key), [])
        if row["is_control"] or not own or np.isnan(row["estimate"]):
            continue
        estimates = np.array([rows[c]["estimate"] for c in own])
        mean = np.mean([resampled[c] for c in own], axis=0)
        yield row | {
            "ci_low": None,
            "ci_high": None,
            **quantiles(resampled[at] - mean),
            "n_controls": len(own),
            "control_mean": float(estimates.mean()),
            "control_sd": float(estimates.std(ddof=1)) if len(own) > 1 else None,
            "control_max": float(estimates.max()),
            "estimate": float(row["estimate"] - estimates.mean()),
        }


def choice_rows(
    shards: list[Shard], models: Floats, chosen: Stimuli, distance: str
) -> Iterator[dict]:
    """Against people's own odd-one-out choices, where a set has them."""
    n_resamples = N_RESAMPLES // 4 if len(chosen) >= MIN_STIMULI else 0
    weights = resample_counts(len(chosen), n_resamples, 0).astype(np.float64)
    for shard, model in zip(shards, models, strict=True):
        estimate = odd_one_out_accuracy(model, chosen.triplets)
        drawn = np.empty(0)
        if not np.isnan(estimate):
            drawn = resample_choices(model, chosen.triplets, weights)
        yield {
            **shard.about,
            **quantiles(drawn),
            "stimulus_set_id": chosen.name,
            "target": "odd_one_out_choices",
            "distance": distance,
            "metric": "odd_one_out",
            "estimate": estimate,
            "n_stimuli": len(chosen),
            "n_compared": len(chosen.triplets),
            "n_people": int(chosen.triplet_people.max()) + 1,
            "n_resamples": len(drawn),
            "is_derived": False,
            "people_interval": "none: single choices, not a mean of people",
        }
