"""Who carries the variance of an aggregate: three ways of sharing it out among its parts."""

import math
from itertools import combinations

import numba
import numpy as np
from numpy.typing import ArrayLike

from compute.stats.ranks import Floats, score_matrix
from compute.stats.resampling import one_blas_thread

EXACT_PARTS = 12
"""Up to so many parts all subsets are visited for Shapley shares; above, permutations are drawn."""

_NOISE = 1e-12


def _part_weights(weights: ArrayLike | None, n_parts: int) -> Floats:
    """Check the weights of parts; equal ones by default."""
    weights = np.ones(n_parts) if weights is None else np.asarray(weights, float)
    if weights.shape != (n_parts,):
        raise ValueError(f"{n_parts} parts need as many weights, got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError("weights must be finite, not negative and not all zero")
    return weights


def variance_shares(
    parts: ArrayLike, weights: ArrayLike | None = None, n_permutations: int = 1000, seed: int = 0
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
        ``r_squared``: squared correlation of each part with the whole (Ahlert et al.). Correlated
        parts share what they explain, so these do not sum to 1.
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
    parts = score_matrix(parts)
    k = parts.shape[1]
    weights = _part_weights(weights, k)
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
            with one_blas_thread():
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
