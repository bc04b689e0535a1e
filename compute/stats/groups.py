"""Means over groups of models: high, middling and low alignment.

The groups are those of Sucholutsky & Griffiths (2023), Table 1.
"""

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import ArrayLike

from compute.stats.ranks import Floats, Ints, round_significant
from compute.stats.resampling import resample_counts

GROUPS = ("high", "mid", "low")
SIZE = 5
N_RESAMPLES = 1_000
N_PERMUTATIONS = {True: 2_000, False: 20_000}
"""Where the alignment is known, and for the few groups that were recovered without it."""
SEED = 20_230_130
CUBIC_FROM = 40
"""Models from which on a cubic, not a line, takes out the covariate."""


def group_size(n_models: int) -> int:
    """Models of a group: five, as in the paper, or a third of the models where there are fewer."""
    return min(SIZE, n_models // len(GROUPS))


def choose_groups(alignment: ArrayLike, size: int = SIZE) -> Ints:
    """Models with the highest, the nearest-to-the-mean and the lowest alignment.

    Parameters
    ----------
    alignment : array_like of float, shape (n_models,)
        No NaN.
    size : int
        Models of each group, 1 to n_models.

    Returns
    -------
    ndarray of int, shape (3, size)
        Places of the models of the groups high, mid and low, each from the best match on. Of equal
        ones (alignments to 12 significant digits, distances from the mean to 10) the first come
        first. Groups may share models where the alignments are skewed.

    Raises
    ------
    ValueError
        An alignment is NaN or the size impossible.

    Notes
    -----
    Sucholutsky & Griffiths, §4.1 and Table 1: the five models with highest, lowest and
    closest-to-the-mean alignment.
    """
    alignment = np.asarray(alignment, float)
    if np.isnan(alignment).any():
        raise ValueError("an alignment is NaN")
    if not 1 <= size <= len(alignment):
        raise ValueError(f"groups of {size} of {len(alignment)} models")
    alignment = round_significant(alignment)
    from_mean = round_significant(np.abs(alignment - alignment.mean()), 10)
    distances = (-alignment, from_mean, alignment)
    return np.stack([np.argsort(d, kind="stable")[:size] for d in distances])


@numba.njit(cache=True, nogil=True)
def _regrouped(ordered, properties, drawn, size, out):
    n = len(ordered)
    for b in range(len(drawn)):
        counts = drawn[b]
        mean = 0.0
        for i in range(n):
            mean += counts[i] * ordered[i]
        mean /= n
        above = np.searchsorted(ordered, mean)
        below = above - 1
        for group in range(3):  # from the top, from the mean outwards, from the bottom
            at, room = (n - 1, 0, 0)[group], size
            while room > 0:
                if group == 1:
                    is_below = above == n or (
                        below >= 0 and mean - ordered[below] <= ordered[above] - mean
                    )
                    at = below if is_below else above
                taken = min(counts[at], room)
                room -= taken
                out[b, group] += taken / size * properties[at]
                if group == 0:
                    at -= 1
                elif group == 2:
                    at += 1
                elif is_below:
                    below -= 1
                else:
                    above += 1


def resampled_means(
    alignment: ArrayLike, properties: ArrayLike, size: int, n_resamples: int, seed: int
) -> Floats:
    """Means of the groups when the models are drawn again and the groups are formed anew.

    Parameters
    ----------
    alignment : array_like of float, shape (n_models,)
        No NaN.
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    size, n_resamples, seed : int
        Models of a group (a model drawn twice counts twice), resamples, seed.

    Returns
    -------
    ndarray of float, shape (n_resamples, 3, n_properties)
        Means of high, mid and low. Both which models fall into a group and the mean over them vary.
    """
    alignment, properties = np.asarray(alignment, float), np.asarray(properties, float)
    order = np.argsort(alignment, kind="stable")
    out = np.zeros((n_resamples, len(GROUPS), properties.shape[1]))
    drawn = resample_counts(len(alignment), n_resamples, seed)
    _regrouped(alignment[order], np.ascontiguousarray(properties[order]), drawn, size, out)
    return out


@lru_cache(maxsize=64)
def _dealt(n: int, n_permutations: int, seed: int) -> Ints:
    """Draws of as many units as three groups hold without replacement, one permutation per row."""
    rng = np.random.default_rng(seed)
    hands = np.tile(np.arange(n, dtype=np.int32), (n_permutations, 1))
    rows = np.arange(n_permutations)
    n_drawn = min(n, len(GROUPS) * SIZE)
    for k in range(n_drawn):  # Fisher & Yates, as far as needed
        other = rng.integers(k, n, n_permutations)
        hands[rows, k], hands[rows, other] = hands[rows, other], hands[rows, k].copy()
    return hands[:, :n_drawn].copy()


def permuted_means(properties: ArrayLike, groups: Ints, n_permutations: int, seed: int) -> Floats:
    """Means of the groups when the properties are dealt out to the models at random.

    Parameters
    ----------
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    groups : ndarray of int, shape (n_groups, size)
        Places of the models of each group, fifteen in all at most; groups may share models.
    n_permutations, seed : int
        Permutations, seed.

    Returns
    -------
    ndarray of float, shape (n_permutations, n_groups, n_properties)
        Each group alone is a random set of ``size`` models; models shared by groups stay shared.
    """
    properties = np.asarray(properties, float)
    members, places = np.unique(groups, return_inverse=True)
    places = places.reshape(groups.shape)
    dealt = _dealt(len(properties), n_permutations, seed)[:, : len(members)]
    weights = np.zeros((len(groups), len(members)))
    for row, at in zip(weights, places, strict=True):
        np.add.at(row, at, 1 / groups.shape[1])
    return weights @ properties[dealt]


def permutation_p_value(observed: ArrayLike, permuted: ArrayLike) -> Floats:
    """Two-sided p: twice the smaller share of permutations as extreme, the observed one counted.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        NaN where unknown.
    permuted : array_like of float, shape (n_permutations, ...)
        The same quantity under every permutation.

    Returns
    -------
    ndarray of float, shape (...)
        In [2 / (n_permutations + 1), 1]; NaN where the observed value is.
    """
    observed, permuted = np.asarray(observed, float), np.asarray(permuted, float)
    slack = 1e-9 * np.maximum(1, np.abs(observed))  # sums of the same numbers in another order
    n = len(permuted) + 1
    above = ((permuted >= observed - slack).sum(axis=0) + 1) / n
    below = ((permuted <= observed + slack).sum(axis=0) + 1) / n
    return np.where(np.isnan(observed), np.nan, np.minimum(1, 2 * np.minimum(above, below)))


def residuals(properties: ArrayLike, covariate: ArrayLike) -> Floats:
    """What a smooth curve in the covariate leaves of each property.

    Parameters
    ----------
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    covariate : array_like of float, shape (n_models, n_properties) or (n_models, 1)
        For example ImageNet top-1. Where a property's holds a NaN, or has no spread, all of its
        residuals are NaN.

    Notes
    -----
    The curve is a cubic from `CUBIC_FROM` models on and a straight line below. Accuracy on shifted
    images is convex in ImageNet top-1: a line would leave the most accurate models ahead and the
    middling ones behind, which is no merit of either.
    """
    properties, covariate = np.asarray(properties, float), np.asarray(covariate, float)
    degree = 3 if len(covariate) >= CUBIC_FROM else 1
    out = np.full(properties.shape, np.nan)
    columns = np.broadcast_to(covariate, properties.shape)
    for x, y, left in zip(columns.T, properties.T, out.T, strict=True):
        if not np.isnan(x).any() and np.ptp(x) > 0:
            design = np.vander((x - x.mean()) / x.std(), degree + 1)
            left[:] = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return out


def compare_groups(
    properties: ArrayLike, alignment: ArrayLike, covariate: ArrayLike, group: ArrayLike
) -> tuple[Ints, dict[str, Floats]] | None:
    """Groups of one alignment, and everything that is said of their means.

    Parameters
    ----------
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    alignment : array_like of float, shape (n_models,)
        NaN throughout where the groups are known and the alignment is not.
    covariate : array_like of float, shape (n_models, n_properties)
        As in `residuals`.
    group : array_like of str, shape (n_models,)
        One of `GROUPS` or anything else; read where there is no alignment.

    Returns
    -------
    groups : ndarray of int, shape (3, size)
        Places of the models of each group.
    numbers : dict of str to ndarray of float, shape (3, n_properties)
        Mean with its bootstrap limits, mean over all models, and permutation p; the same of what
        the covariate leaves; and how far high and low lie above mid, NaN for mid itself.

    None where there are fewer than two models to a group.
    """
    properties, alignment = np.asarray(properties, float), np.asarray(alignment, float)
    is_known = not np.isnan(alignment).any()
    size = group_size(len(alignment)) if is_known else int((group == "high").sum())
    if size < 2:
        return None
    if is_known:
        groups = choose_groups(alignment, size)
        resampled = resampled_means(alignment, properties, size, N_RESAMPLES, SEED)
    else:
        groups = np.stack([np.flatnonzero(group == g) for g in GROUPS])
        # drawn from the group itself, so too narrow: of five models a 95 % interval covers 83 %
        within = resample_counts(size, N_RESAMPLES, SEED)
        resampled = np.stack([within @ properties[g] / size for g in groups], axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    both = np.hstack([properties, residuals(properties, covariate)])
    means = both[groups].mean(axis=1)
    permuted = permuted_means(both, groups, N_PERMUTATIONS[is_known], SEED)
    above, permuted_above = means - means[1], permuted - permuted[:, 1:2]
    above[1], permuted_above[:, 1] = np.nan, np.nan  # mid is not above itself
    numbers = {"ci_low": low, "ci_high": high}
    numbers["mean_all"] = np.tile(properties.mean(axis=0), (len(GROUPS), 1))
    for name, of_residuals, values in (
        ("mean", "mean_residual", means),
        ("p_permutation", "p_residual", permutation_p_value(means, permuted)),
        ("above_mid", "residual_above_mid", above),
        ("p_above_mid", "p_residual_above_mid", permutation_p_value(above, permuted_above)),
    ):
        numbers[name], numbers[of_residuals] = np.hsplit(values, 2)
    return groups, numbers
