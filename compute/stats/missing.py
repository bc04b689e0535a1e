"""What a way of treating missing cells, or of averaging ranks, does to a set of scores.

Headline measures are computed anew in bootstrap resamples of the models. A policy that takes the
value of a missing cell from other models takes it from the drawn ones.
"""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compute.stats.aggregation.schemes import aggregate
from compute.stats.agreement import resampled_pairs
from compute.stats.correlation import pairwise_spearman, weighted_pearson, weighted_spearman
from compute.stats.ranks import Floats, Ints, round_significant

# Headline measures under a policy


PARTS = ("V1", "V2", "V4", "IT", "neural_vision", "behavior_vision")
_NEURAL, _BEHAVIOUR = 4, 5

MEASURES = (
    "mean_spearman",
    "neural_with_behaviour",
    "r2_difference",
    "within_difference",
    "dataset_difference",
    "v2_gap",
    "leader_rank",
    "top_neural_rank",
    "odd_one_out_gap",
)


class Layout(NamedTuple):
    """What is known of the columns.

    Attributes
    ----------
    weights : ndarray, shape (6, n_benchmarks)
        Weight of each leaf in the averages :data:`PARTS`, 0 outside them.
    dataset : ndarray of int, shape (n_benchmarks,)
        A number per dataset.
    odd_one_out : int
        Column of the odd-one-out benchmark, −1 without one.
    """

    weights: Floats
    dataset: Ints
    odd_one_out: int = -1


def averages(scores: Floats, weights: Floats) -> Floats:
    """Weighted means of the cells that are there, and the mean of neural and behaviour.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    weights : ndarray, shape (6, n_benchmarks)
        Of the leaves in :data:`PARTS`.

    Returns
    -------
    ndarray, shape (n_models, 7)
        NaN for a part of which the model has no leaf.
    """
    present = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        parts = np.where(present, scores, 0) @ weights.T / (present @ weights.T)
    overall = (parts[:, _NEURAL] + parts[:, _BEHAVIOUR]) / 2
    # sums in another order differ in the last digits, and equal averages have to tie
    return round_significant(np.column_stack([parts, overall]))


def _place(values: Floats, counts: Floats, at: int) -> float:
    """Average rank of one model among the drawn, its own copies left out; 1 = best."""
    others = counts.copy()
    others[at] = 0
    above = others[values > values[at]].sum() + others[values == values[at]].sum() / 2
    return 1 + above


def _of_averages(averages: Floats, reference: Floats, counts: Ints) -> tuple[float, ...]:
    """Measures that rest on the averages of the drawn models."""
    drawn = np.flatnonzero((counts > 0) & ~np.isnan(averages[:, -1]))
    if drawn.size < 3:
        return (np.nan,) * 5
    leaders = np.flatnonzero(counts > 0)
    leader = leaders[np.argmax(reference[leaders])]
    parts, w = averages[drawn], counts[drawn].astype(float)
    neural, behaviour, overall = parts[:, _NEURAL], parts[:, _BEHAVIOUR], parts[:, -1]
    present = ~np.isnan(parts[:, :4])
    with np.errstate(invalid="ignore"):
        v1, v2, v4, it = (w @ np.where(present, parts[:, :4], 0)) / (w @ present)
    place = np.flatnonzero(drawn == leader)
    return (
        weighted_spearman(neural, behaviour, w),
        weighted_pearson(behaviour, overall, w) ** 2 - weighted_pearson(neural, overall, w) ** 2,
        np.minimum(np.minimum(v1, v4), it) - v2,
        _place(overall, w, place[0]) if place.size else np.nan,
        _place(neural, w, int(np.argmax(overall))),
    )


def _pair_groups(layout: Layout) -> Floats:
    """Which pairs of columns each mean runs over: rows of 0 and 1 over the upper triangle."""
    above = np.triu_indices(layout.weights.shape[1], 1)
    is_neural, is_behavioural, is_v1 = layout.weights[[_NEURAL, _BEHAVIOUR, 0]] > 0
    is_odd = np.arange(layout.weights.shape[1]) == layout.odd_one_out
    a, b = above
    one_dataset = layout.dataset[a] == layout.dataset[b]
    with_odd = is_odd[a] | is_odd[b]
    return np.array(
        [
            np.ones(len(a), bool),
            is_neural[a] & is_neural[b],
            is_behavioural[a] & is_behavioural[b],
            one_dataset,
            ~one_dataset,
            with_odd & (is_v1[a] | is_v1[b]),
            with_odd & is_behavioural[a] & is_behavioural[b],
        ],
        float,
    )


def policy_measures(
    scores: ArrayLike,
    filled: ArrayLike,
    reference: ArrayLike,
    layout: Layout,
    counts: ArrayLike,
    fill: str | None = None,
) -> Floats:
    """Headline measures under one policy in every resample of the models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        What the policy puts in each cell; NaN where it leaves the cell out.
    filled : array_like of bool, same shape
        Cells that the policy made up.
    reference : array_like, shape (n_models,)
        Brain-Score's own average, missing as zero: the leader is the best drawn model by it, the
        first of equals.
    layout : Layout
        What is known of the benchmarks.
    counts : array_like of int, shape (n_resamples, n_models)
        How often each model is drawn; a row of ones is the cohort itself.
    fill : {"low", "high"}, optional
        Give made-up cells the smallest or the largest score of the drawn models that have one.

    Returns
    -------
    ndarray, shape (n_resamples, 9)
        Columns :data:`MEASURES`. NaN where a measure is not defined: fewer than three models, no
        odd-one-out benchmark, a leader without an average under this policy.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no such fill.
    """
    scores = np.array(scores, float)
    filled, reference = np.asarray(filled, bool), np.asarray(reference, float)
    counts = np.asarray(counts, np.int16)
    n_models, n_benchmarks = scores.shape
    fits = filled.shape == scores.shape and reference.shape == counts.shape[1:] == (n_models,)
    if not fits or layout.weights.shape != (len(PARTS), n_benchmarks):
        raise ValueError(f"scores {scores.shape}, counts {counts.shape}: the shapes do not fit")
    if fill not in (None, "low", "high"):
        raise ValueError(f"no fill {fill!r}")
    # turned round, the highest score is the lowest
    turned = -scores if fill == "high" else scores
    pairs = resampled_pairs(turned, counts, 3, filled if fill else None)
    known, groups = ~np.isnan(pairs), _pair_groups(layout)
    with np.errstate(invalid="ignore"):
        means = groups @ np.where(known, pairs, 0) / (groups @ known)
    everywhere, neural, behaviour, one, several, with_v1, with_behaviour = means
    of_models, of_averages = averages(scores, layout.weights), np.empty((len(counts), 5))
    observed = np.where(filled, np.nan, scores)
    for b, count in enumerate(counts):
        if fill:
            extreme = np.fmin if fill == "low" else np.fmax
            drawn = np.where(filled, extreme.reduce(observed[count > 0], axis=0), scores)
            of_models = averages(drawn, layout.weights)
        of_averages[b] = _of_averages(of_models, reference, count)
    association, r2_difference, v2_gap, leader, top = of_averages.T
    return np.column_stack(
        [
            *(everywhere, association, r2_difference, behaviour - neural, one - several),
            *(v2_gap, leader, top, with_v1 - with_behaviour),
        ]
    )


# Readings of "mean rank"


TIES = ("average", "min", "ordinal")
DIRECTIONS = ("ascending", "descending", "reciprocal")
READING = dict.fromkeys(("ties", "direction", "missing_ranks", "reference"), "str")
READING |= dict.fromkeys(("mean_rank_spearman", "z_mean_spearman"), "float64")
READING |= dict.fromkeys(("n_models", "n_parts"), "int64")
"""Columns of :func:`aggregation_readings`, and their types."""


def mean_rank(
    scores: ArrayLike, ties: str = "average", direction: str = "ascending", last: bool = False
) -> Floats:
    """Mean over columns of each row's rank, turned so that higher is better.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_parts)
        Higher is better; NaN where a cell is missing.
    ties : {"average", "min", "ordinal"}
        What equal scores share; ordinal gives them the order of the rows.
    direction : {"ascending", "descending", "reciprocal"}
        1 is the worst; 1 is the best and the mean is negated; 1 is the best and the mean of 1/rank
        is taken. The first two differ in ties and in missing cells alone.
    last : bool
        Rank a missing cell below all others; else it takes no part in the mean.

    Returns
    -------
    ndarray, shape (n_models,)
        NaN for a row without any score.
    """
    if ties not in TIES or direction not in DIRECTIONS:
        raise ValueError(f"no reading with ties {ties!r} and direction {direction!r}")
    table = pd.DataFrame(np.asarray(scores, float))
    is_ascending = direction == "ascending"
    ranks = table.rank(
        method="first" if ties == "ordinal" else ties,
        ascending=is_ascending,
        na_option=("top" if is_ascending else "bottom") if last else "keep",
    )
    if direction == "reciprocal":
        ranks = 1 / ranks
    mean = ranks.mean(axis=1).to_numpy()
    return -mean if direction == "descending" else mean


def aggregation_readings(scores: ArrayLike, overall: ArrayLike) -> dict[str, list]:
    """Spearman of the mean rank and of the z-mean with the arithmetic mean, for each reading.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_parts)
        The parts that are averaged, at one level of a hierarchy; NaN where missing.
    overall : array_like, shape (n_models,)
        The published way of averaging.

    Returns
    -------
    dict of str to list
        Columns :data:`READING`, one entry per way of breaking ties, direction of ranks, treatment
        of missing ranks (one alone where nothing is missing) and arithmetic mean to compare with
        (``overall``, or ``parts``: the plain mean of the parts).
    """
    scores = np.asarray(scores, float)
    missing = ("none",) if not np.isnan(scores).any() else ("left out", "last")
    tried = list(itertools.product(TIES, DIRECTIONS, missing))
    averages = [overall, aggregate(scores, "arithmetic_mean"), aggregate(scores, "z_mean")]
    averages += [mean_rank(scores, ties, turned, where == "last") for ties, turned, where in tried]
    estimate, shared = pairwise_spearman(round_significant(averages).T)
    estimate[shared < 3] = np.nan
    rows = [
        (*reading, reference, estimate[at, 3 + k], estimate[at, 2], *scores.shape)
        for k, reading in enumerate(tried)
        for at, reference in enumerate(("overall", "parts"))
    ]
    return dict(zip(READING, map(list, zip(*rows, strict=True)), strict=True))
