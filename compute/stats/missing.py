"""What a way of treating missing cells, or of averaging ranks, does to a set of scores.

Headline measures are computed anew without each family of models. A policy that takes the value of
a missing cell from other models takes it from those that are left.
"""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compute.stats.aggregation.schemes import aggregate
from compute.stats.correlation import pairwise_pearson, pairwise_spearman
from compute.stats.ranks import Floats, Ints, average_ranks, round_significant

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
    "odd_one_out_gap",
)
MIN_MODELS = 3
"""Fewer have no correlation."""


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
    parts = _weighted_means(scores, weights)
    overall = (parts[:, _NEURAL] + parts[:, _BEHAVIOUR]) / 2
    # sums in another order differ in the last digits, and equal averages have to tie
    return round_significant(np.column_stack([parts, overall]))


def _weighted_means(scores: Floats, weights: Floats) -> Floats:
    present = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        return np.where(present, scores, 0) @ weights.T / (present @ weights.T)


def _of_averages(averages: Floats) -> tuple[float, float, float]:
    """Measures that rest on the averages of the models that have an overall one."""
    parts = averages[~np.isnan(averages[:, -1])]
    if len(parts) < MIN_MODELS:
        return (np.nan,) * 3
    sides = parts[:, [_NEURAL, _BEHAVIOUR, -1]]
    r2_neural, r2_behaviour = pairwise_pearson(sides)[-1, :2] ** 2
    present = ~np.isnan(parts[:, :_NEURAL])
    with np.errstate(invalid="ignore"):
        v1, v2, v4, it = np.where(present, parts[:, :_NEURAL], 0).sum(0) / present.sum(0)
    gap = np.minimum(np.minimum(v1, v4), it) - v2
    return pairwise_spearman(sides)[0][0, 1], r2_behaviour - r2_neural, gap


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
    scores: ArrayLike, filled: ArrayLike, layout: Layout, fill: str | None = None
) -> Floats:
    """Headline measures of some models under one policy.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        What the policy puts in each cell; NaN where it leaves the cell out.
    filled : array_like of bool, same shape
        Cells that the policy made up.
    layout : Layout
        What is known of the benchmarks.
    fill : {"low", "high"}, optional
        Give made-up cells the smallest or the largest score of these models, whatever ``scores``
        holds there.

    Returns
    -------
    ndarray, shape (7,)
        :data:`MEASURES`. NaN where a measure is not defined: fewer than three models, no
        odd-one-out benchmark.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no such fill.
    """
    scores, filled = np.array(scores, float), np.asarray(filled, bool)
    if filled.shape != scores.shape or layout.weights.shape != (len(PARTS), scores.shape[1]):
        raise ValueError(f"scores {scores.shape}, filled {filled.shape}: the shapes do not fit")
    if fill not in (None, "low", "high"):
        raise ValueError(f"no fill {fill!r}")
    if fill:
        extreme = np.fmin if fill == "low" else np.fmax
        observed = np.where(filled, np.nan, scores)
        scores = np.where(filled, extreme.reduce(observed, axis=0), scores)
    estimate, shared = pairwise_spearman(scores)
    estimate[shared < MIN_MODELS] = np.nan
    pairs = estimate[np.triu_indices(len(estimate), 1)]
    known, groups = ~np.isnan(pairs), _pair_groups(layout)
    with np.errstate(invalid="ignore"):
        means = groups @ np.where(known, pairs, 0) / (groups @ known)
    everywhere, neural, behaviour, one, several, with_v1, with_behaviour = means
    association, r2_difference, v2_gap = _of_averages(averages(scores, layout.weights))
    differences = behaviour - neural, one - several, v2_gap, with_v1 - with_behaviour
    return np.array([everywhere, association, r2_difference, *differences])


def held_out_ranks(
    scores: ArrayLike, chosen_by: ArrayLike, layout: Layout, of_neural: bool = False
) -> Floats:
    """Rank of the best model on each dataset that did not choose it.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        On which the model is ranked; NaN where a cell is missing.
    chosen_by : array_like, same shape
        Whose overall average, without the dataset, chooses the model; the first of equals.
    layout : Layout
        What is known of the benchmarks.
    of_neural : bool
        Hold out neural datasets alone.

    Returns
    -------
    ndarray, shape (n_datasets,)
        1 = best; ties share the mean of their places. Benchmarks of the dataset count in the ratio
        of their weights. NaN where the model has no score there.
    """
    scores, chosen_by = np.asarray(scores, float), np.asarray(chosen_by, float)
    sides = layout.weights[[_NEURAL] if of_neural else [_NEURAL, _BEHAVIOUR]].sum(0)
    ranks = []
    for dataset in np.unique(layout.dataset[sides > 0]):
        out = layout.dataset == dataset
        overall = averages(chosen_by, np.where(out, 0, layout.weights))[:, -1]
        places = average_ranks(round_significant(_weighted_means(scores, sides * out)))
        ranks.append(np.nan if np.isnan(overall).all() else places[np.nanargmax(overall)])
    return np.array(ranks)


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
