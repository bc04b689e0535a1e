"""Models with like profiles: which do well and badly on the same benchmarks.

A profile is a row of percentiles, one per benchmark, NaN where the model has none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from compute.stats.correlation import correlation_interval

Floats = NDArray[np.float64]

MIN_SHARED = 12
"""Fewer shared benchmarks say nothing: at 12 a correlation of .9 has the interval .67 to .97."""

NEAREST = 10

_COLUMNS = {
    "scope": "str",
    "model_id": "str",
    "place": "int64",
    "neighbour_id": "str",
    "estimate": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n_shared": "int64",
    "n_candidates": "int64",
    "mean_difference": "float64",
}


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


def nearest_frame(profiles: pd.DataFrame) -> pd.DataFrame:
    """The models most like each model, per scope.

    Parameters
    ----------
    profiles : DataFrame
        scope, model_id, benchmark_id, score_percentile; one row per cell.

    Returns
    -------
    DataFrame
        Up to ``NEAREST`` rows per scope and model, ordered by the lower 95 % limit of the
        correlation (a high value over few benchmarks does not come first), then by name. Pairs
        that share fewer than ``MIN_SHARED`` benchmarks are no candidates; ``n_candidates`` counts
        those that are.
    """
    parts = []
    for scope, cells in profiles.groupby("scope", sort=True):
        enough = cells["model_id"].value_counts()
        cells = cells[cells["model_id"].isin(enough.index[enough >= MIN_SHARED])]
        if not cells.empty:
            parts.append(_nearest(cells).assign(scope=scope))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    return pd.concat(parts, ignore_index=True)[list(_COLUMNS)].astype(_COLUMNS)


def _nearest(cells: pd.DataFrame) -> pd.DataFrame:
    matrix = cells.pivot(index="model_id", columns="benchmark_id", values="score_percentile")
    matrix = matrix.sort_index().sort_index(axis=1)
    estimate, n_shared, difference = profile_correlations(matrix.to_numpy(float))
    estimate[n_shared < MIN_SHARED] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):  # the lower limit of Fisher's z
        certain = np.arctanh(estimate) - norm.ppf(0.975) / np.sqrt(n_shared - 3)
    order = np.argsort(-certain, axis=1, kind="stable")[:, :NEAREST]  # NaN sorts last
    rows = np.repeat(np.arange(len(matrix)), order.shape[1])
    columns = order.ravel()
    names = matrix.index.to_numpy(object)
    low, high = correlation_interval(estimate[rows, columns], n_shared[rows, columns], False)
    found = pd.DataFrame(
        {
            "model_id": names[rows],
            "place": np.tile(np.arange(1, order.shape[1] + 1), len(matrix)),
            "neighbour_id": names[columns],
            "estimate": estimate[rows, columns],
            "ci_low": low,
            "ci_high": high,
            "n_shared": n_shared[rows, columns],
            "n_candidates": (~np.isnan(estimate)).sum(1)[rows],
            "mean_difference": difference[rows, columns],
        }
    )
    return found.dropna(subset=["estimate"])
