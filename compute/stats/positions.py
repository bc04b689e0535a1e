"""A map of models: near means like scores on each benchmark. How sure a place is, with it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from compute.stats.budget import spread_evenly
from compute.stats.ranks import Floats

MIN_DATASETS = 5
"""With fewer the region of a place is wider than any map."""


class Map(NamedTuple):
    """Places of models in two dimensions; see :func:`place_models`.

    Attributes
    ----------
    places : ndarray, shape (n_models, 2)
        In the unit of the profiles, the wider dimension first.
    share : float
        Share of the squared distances between all profiles that the two dimensions hold.
    shares : ndarray, shape (n_models,)
        The same of the squared distance of each model from the middle; NaN in the middle.
    regions : ndarray, shape (n_models, 2, 2)
        Matrix *A* of each 95 % region, which holds what solves (x − place)′ A⁻¹ (x − place) ≤ 1.
        NaN with fewer than ``MIN_DATASETS`` datasets.
    """

    places: Floats
    share: float
    shares: Floats
    regions: Floats


def place_models(profiles: ArrayLike, datasets: ArrayLike) -> Map:
    """Put models on a map by classical scaling of the distances between their profiles.

    Parameters
    ----------
    profiles : array_like, shape (n_models, n_benchmarks)
        For example percentiles; without NaN. At least two models and two benchmarks.
    datasets : array_like, shape (n_benchmarks,)
        Of each benchmark. All datasets count alike, and all benchmarks of one.

    Returns
    -------
    Map
        The squared distance of two models is their squared difference, averaged over datasets.

    Raises
    ------
    ValueError
        A profile holds NaN.

    Notes
    -----
    A region is the delete-one-dataset jackknife's, with Hotelling's T²: the map without each
    dataset is turned and mirrored onto that of all (orthogonal Procrustes), and the spread of a
    model's places is that of samples of datasets. It holds the place on the map of many datasets of
    this kind, so it counts that the plane itself is not sure.

    References
    ----------
    Gower (1966), Some distance properties of latent root and vector methods used in multivariate
    analysis, Biometrika 53(3/4); Schönemann (1966), A generalized solution of the orthogonal
    Procrustes problem, Psychometrika 31(1).
    """
    profiles, datasets = np.asarray(profiles, float), np.asarray(datasets)
    if np.isnan(profiles).any():
        raise ValueError("a profile holds NaN: leave out models or benchmarks with missing scores")
    centred, axes = _scaled(profiles, datasets)
    places = centred @ axes
    squares = (centred**2).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(squares > 0, (places**2).sum(1) / squares, np.nan)
        share = float((places**2).sum() / squares.sum())
    return Map(places, share, shares, _regions(profiles, datasets, places))


def _scaled(profiles: Floats, datasets: NDArray) -> tuple[Floats, Floats]:
    """Profiles from their mean, weighted by dataset, and the two directions they spread along."""
    _, at, sizes = np.unique(datasets, return_inverse=True, return_counts=True)
    centred = (profiles - profiles.mean(0)) / np.sqrt(len(sizes) * sizes[at])
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2].T
    # which end of an axis is up is nobody's finding: the models with high scores stand right
    sign = np.where((centred @ axes).T @ centred.sum(1) < 0, -1, 1)
    return centred, axes * sign


def _regions(profiles: Floats, datasets: NDArray, places: Floats) -> Floats:
    names = np.unique(datasets)
    n = len(names)
    if n < MIN_DATASETS:
        return np.full((len(places), 2, 2), np.nan)
    without = []
    for name in names:
        kept = datasets != name
        centred, axes = _scaled(profiles[:, kept], datasets[kept])
        left, _, right = np.linalg.svd((centred @ axes).T @ places)
        without.append(centred @ axes @ left @ right)
    spread = np.array(without) - np.mean(without, axis=0)
    covariance = (n - 1) / n * np.einsum("gmi,gmj->mij", spread, spread)
    return 2 * (n - 1) / (n - 2) * stats.f.ppf(0.95, 2, n - 2) * covariance


def ellipse(region: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Longer and shorter half axis of regions, and the angle of the longer from x, in radians.

    Parameters
    ----------
    region : array_like, shape (..., 2, 2)
        As of :class:`Map`.
    """
    values, directions = np.linalg.eigh(np.asarray(region, float))
    half = np.sqrt(np.maximum(values, 0))
    angle = np.arctan2(directions[..., 1, 1], directions[..., 0, 1]) % np.pi
    return half[..., 1], half[..., 0], angle


def n_within(places: ArrayLike, regions: ArrayLike) -> Floats:
    """How many other places lie in the region of each; NaN where the region is unknown.

    Of more than ``budget.MOST_RIVALS`` places, as many as of so many spread evenly over the rows.
    """
    places = np.asarray(places, float)
    others = spread_evenly(len(places))
    apart = places[None, others] - places[:, None]
    inverse = np.linalg.pinv(np.nan_to_num(np.asarray(regions, float)))
    inside = np.einsum("abi,aij,abj->ab", apart, inverse, apart) <= 1
    itself = np.isin(np.arange(len(places)), others)
    share = (inside.sum(1) - itself) / np.maximum(len(others) - itself, 1)
    n = np.round(share * (len(places) - 1))
    return np.where(np.isnan(regions).any((1, 2)), np.nan, n)
