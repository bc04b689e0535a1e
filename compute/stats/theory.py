"""How many noisy triplets place a new object: the theory of Sucholutsky & Griffiths, §3."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from compute.stats.ranks import Floats


def channel_capacity(misalignment: ArrayLike) -> Floats:
    r"""Bits that one triplet carries between two agents (Prop. 3.8).

    Parameters
    ----------
    misalignment : array_like of float
        ε in [0, 1], the probability that a triplet of one agent is flipped in the other's space;
        1 − triplet alignment. NaN stays NaN.

    Returns
    -------
    ndarray of float
        C_ε = 1 + ε log₂ ε + (1 − ε) log₂(1 − ε), bits: 1 at ε = 0 and 1, 0 at ½.

    Raises
    ------
    ValueError
        A misalignment lies outside [0, 1].

    Notes
    -----
    The capacity of a binary symmetric channel. Prop. 3.8 writes log without a base; only base 2
    gives 0 at ε = ½; at 0 and 1 it is 1 in every base.
    """
    epsilon = np.asarray(misalignment, float)
    if np.any((epsilon < 0) | (epsilon > 1)):
        raise ValueError("a misalignment lies outside [0, 1]")
    return 1 - (special.entr(epsilon) + special.entr(1 - epsilon)) / math.log(2)


def capacity_interval(low: ArrayLike, high: ArrayLike) -> tuple[Floats, Floats]:
    """Smallest and largest capacity over an interval of misalignments.

    Parameters
    ----------
    low, high : array_like of float
        Limits of the misalignment, low ≤ high. NaN stays NaN.

    Returns
    -------
    low, high : ndarray of float
        The smallest is 0 where the interval holds ½, at which the capacity vanishes.
    """
    low, high = np.asarray(low, float), np.asarray(high, float)
    ends = channel_capacity(low), channel_capacity(high)
    spans = (low <= 0.5) & (high >= 0.5)
    return np.where(spans, 0.0, np.minimum(*ends)), np.maximum(*ends)


def n_rankings(n_objects: int, n_dims: int) -> int:
    """Orders in which objects in general position can lie by distance from a new object.

    Parameters
    ----------
    n_objects : int
        Known objects, at least 1.
    n_dims : int
        Dimensions of the space, at least 0.

    Returns
    -------
    int
        Cells into which the n(n − 1)/2 planes half-way between two objects cut the space; from
        n − 1 dimensions on all n! orders.

    Raises
    ------
    ValueError
        Fewer than one object or a negative dimension.

    Notes
    -----
    Q(n, d) = Q(n − 1, d) + (n − 1) Q(n − 1, d − 1), Q(1, d) = Q(n, 0) = 1: the count behind
    Lemma 3.7 (Jamieson & Nowak 2011). log₂ Q(n, d) grows as d log n.
    """
    if n_objects < 1 or n_dims < 0:
        raise ValueError(f"{n_objects} objects in {n_dims} dimensions")
    row = [1] * (n_dims + 1)
    for n in range(2, n_objects + 1):
        row = [1, *(row[d] + (n - 1) * row[d - 1] for d in range(1, n_dims + 1))]
    return row[n_dims]


def ranking_bits(n_objects: int, n_dims: int) -> float:
    """Bits that name one of the possible orders, log₂ of `n_rankings`."""
    return math.log2(n_rankings(n_objects, n_dims))


def triplets_needed(misalignment: ArrayLike, n_objects: int, n_dims: int) -> Floats:
    """Fewest triplets that can place a new object among known ones without error.

    Parameters
    ----------
    misalignment : array_like of float
        ε in [0, 1].
    n_objects, n_dims : int
        Known objects and dimensions of the space they lie in.

    Returns
    -------
    ndarray of float
        log₂ Q(n, d) / C_ε, a lower bound; infinite at ε = ½.

    Notes
    -----
    Prop. 3.8 states the order Ω(d log n / C_ε) without its constant. The number of bits it rests on
    is log₂ Q(n, d), which makes it a number; no scheme of asking is promised that reaches it.
    """
    with np.errstate(divide="ignore"):
        return ranking_bits(n_objects, n_dims) / channel_capacity(misalignment)
