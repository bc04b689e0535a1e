"""The first axis of a matrix of scores: what most benchmarks have in common."""

from itertools import permutations
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from compute.stats.ranks import Floats, average_ranks


class Axis(NamedTuple):
    """The first principal component of the rank correlations.

    Attributes
    ----------
    loadings : ndarray, shape (n_benchmarks,)
        Correlation of each benchmark's ranks with the axis; their sum is not negative.
    scores : ndarray, shape (n_models,)
        Place of each model on the axis, standardised; higher is better where loadings are positive.
    explained, second : float
        Share of the variance of all ranks, and that of the second component.
    """

    loadings: Floats
    scores: Floats
    explained: float
    second: float


def first_axis(scores: ArrayLike) -> Axis:
    """Find the first axis.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; without NaN.

    Raises
    ------
    ValueError
        A benchmark is constant: it has no correlation.
    """
    ranks = -average_ranks(np.asarray(scores, float), axis=0)  # higher is better
    centred = ranks - ranks.mean(0)
    spread = np.sqrt((centred**2).sum(0))
    if (spread == 0).any():
        raise ValueError("a benchmark is constant")
    places, values, directions = np.linalg.svd(centred / spread, full_matrices=False)
    loadings, place = directions[0] * values[0], places[:, 0] * np.sqrt(len(ranks))
    sign = 1 if loadings.sum() >= 0 else -1
    shares = np.append(values, 0.0) ** 2 / len(loadings)
    return Axis(sign * loadings, sign * place, float(shares[0]), float(shares[1]))


def congruence(one: ArrayLike, other: ArrayLike) -> float:
    """Tucker's coefficient of two vectors of loadings: 1 where they are proportional.

    References
    ----------
    Lorenzo-Seva & ten Berge (2006), Tucker's congruence coefficient, Methodology 2(2): .85 to .94
    is fair, .95 and more the same.
    """
    one, other = np.asarray(one, float), np.asarray(other, float)
    size = np.sqrt((one**2).sum() * (other**2).sum())
    return float(one @ other / size) if size > 0 else float("nan")


N_SHUFFLES = 2_000
SEED = 20_201_107


def shuffled_congruences(one: ArrayLike, other: ArrayLike) -> Floats:
    """Congruence in size where the second vector's benchmarks have each other's loadings.

    Loadings of one sign are congruent whatever they are loadings of, so this is what a congruence
    has to exceed.

    Parameters
    ----------
    one, other : array_like, shape (n_benchmarks,)
        Loadings.

    Returns
    -------
    ndarray, shape (n_orders,)
        One for each order, the true one among them, where there are `N_SHUFFLES` at most; else for
        as many drawn at random.
    """
    one, other = np.asarray(one, float), np.asarray(other, float)
    if factorial(len(other)) <= N_SHUFFLES:
        shuffled = np.array(list(permutations(other)))
    else:
        rng = np.random.default_rng(SEED)
        shuffled = rng.permuted(np.tile(other, (N_SHUFFLES, 1)), axis=1)
    return np.abs(shuffled @ one) / np.sqrt((one**2).sum() * (other**2).sum())
