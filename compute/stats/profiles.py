"""Models with like profiles: which do well and badly on the same benchmarks.

A profile is a row of percentiles, one per benchmark, NaN where the model has none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from compute.stats.ranks import Floats


def profile_correlations(profiles: ArrayLike) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Pearson correlation of every pair of rows over the columns that both have.

    Parameters
    ----------
    profiles : array_like of float
        Models × benchmarks, of magnitude about 1 (percentiles in [0, 1]); NaN is a missing cell.

    Returns
    -------
    estimate : ndarray of float
        Models × models, symmetric, in [−1, 1]; NaN on the diagonal, and where a row is constant on
        the shared columns or fewer than two are shared.
    n_shared : ndarray of int
        Columns that both rows have.
    mean_difference : ndarray of float
        Mean of row i minus row j over the shared columns; NaN where there is none.

    Raises
    ------
    ValueError
        ``profiles`` is not a matrix or holds an infinity.

    Notes
    -----
    Sums over shared columns are matrix products with the mask of present cells, so that no pair is
    visited by itself. Rows are centred on their own mean first: what cancels is then small.
    """
    profiles = np.asarray(profiles, dtype=np.float64)
    if profiles.ndim != 2:
        raise ValueError(f"profiles must be models × benchmarks, has shape {profiles.shape}")
    if np.isinf(profiles).any():
        raise ValueError("profiles hold an infinity")
    present = ~np.isnan(profiles)
    mask = present.astype(np.float64)
    count = np.maximum(mask.sum(1, keepdims=True), 1)
    filled = np.where(present, profiles, 0.0)
    means = filled.sum(1, keepdims=True) / count
    centred = np.where(present, profiles - means, 0.0)
    with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):
        n = mask @ mask.T
        total = centred @ mask.T  # of row i over what j has
        square = (centred**2) @ mask.T
        cross = centred @ centred.T
        spread = square - total**2 / n
        spread[spread < 1e-12 * np.maximum(square, 1e-300) * n] = np.nan
        estimate = (cross - total * total.T / n) / np.sqrt(spread * spread.T)
        own = total / n + means
        mean_difference = own - own.T
    np.fill_diagonal(estimate, np.nan)
    return np.clip(estimate, -1, 1), n.astype(np.int64), mean_difference
