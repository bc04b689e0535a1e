"""Inference on correlations: p-values and intervals over arrays of estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats


def correlation_p_value(estimate: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    r"""Two-sided p-value of Pearson or Spearman correlations by Student's t with n − 2 df.

    Parameters
    ----------
    estimate : array_like of float
        Correlations in [−1, 1], any shape.
    n : array_like of int
        Number of models each estimate rests on; broadcast against ``estimate``.

    Returns
    -------
    ndarray of float
        p-values in [0, 1]; 0 where \|estimate\| = 1. NaN where the estimate is NaN or n < 3.

    Raises
    ------
    ValueError
        An estimate lies outside [−1, 1] by more than rounding.

    Notes
    -----
    The p-value of ``scipy.stats.pearsonr`` and, with average ranks, ``scipy.stats.spearmanr``:
    under t = r √((n − 2) / (1 − r²)) the two-sided tail is the regularised incomplete beta function
    I(1 − r²; (n − 2)/2, 1/2) = 1 − I(r²; 1/2, (n − 2)/2). Whichever side is the smaller is
    computed, so that no digits are lost near r = 0 or 1.
    """
    estimate, n = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(n, float))
    estimate = _bounded(estimate)
    with np.errstate(invalid="ignore"):
        half = np.maximum(n - 2, 0.5) / 2
        inside = special.betainc(0.5, half, estimate**2)
        outside = special.betainc(half, 0.5, (1 - estimate) * (1 + estimate))
        p = np.where(inside < 0.5, 1 - inside, outside)
    return np.where((n < 3) | np.isnan(estimate), np.nan, p)


def correlation_interval(
    estimate: ArrayLike, n: ArrayLike, is_spearman: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fisher-z interval of correlations, with the Bonett–Wright standard error for Spearman.

    Parameters
    ----------
    estimate : array_like of float
        Correlations in [−1, 1], any shape.
    n : array_like of int
        Number of models each estimate rests on.
    is_spearman : array_like of bool
        True: se = √((1 + r²/2) / (n − 3)); False (Pearson): se = 1 / √(n − 3).
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray of float
        Limits in [−1, 1]. NaN where the estimate is NaN or n < 4.

    Raises
    ------
    ValueError
        An estimate lies outside [−1, 1] by more than rounding, or ``confidence`` outside (0, 1).

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations, Psychometrika 65(1), eq. for Spearman's variance.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), is {confidence}")
    estimate, n, is_spearman = np.broadcast_arrays(
        np.asarray(estimate, float), np.asarray(n, float), np.asarray(is_spearman, bool)
    )
    estimate = _bounded(estimate)
    variance = np.where(is_spearman, 1 + estimate**2 / 2, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance / (n - 3))
        z = np.arctanh(estimate)
        low, high = np.tanh(z - margin), np.tanh(z + margin)
    unknown = (n < 4) | np.isnan(estimate)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def printed_p_value_frame(
    printed: pd.DataFrame, n: int = 491, rounding: float = 0.0005
) -> pd.DataFrame:
    """p-values that printed correlations imply, plain and with one covariate held fixed.

    Parameters
    ----------
    printed : DataFrame
        target_id, kind and printed; rows of another kind than ``correlation`` are left out.
    n : int
        Models behind each correlation.
    rounding : float
        Half of the last printed digit.

    Returns
    -------
    DataFrame
        One row per correlation: p_value (n − 2 df), p_partial (n − 3 df, what the partial
        correlation of ``pingouin.partial_corr`` has), and p_low and p_high, the smallest and the
        largest p over both degrees of freedom and every value that rounds to the printed digits.
    """
    rows = printed.loc[printed["kind"] == "correlation", ["target_id", "printed"]]
    rows = rows.sort_values("target_id").reset_index(drop=True)
    r = np.abs(rows["printed"].to_numpy(float))
    nearest, farthest = np.maximum(r - rounding, 0), np.minimum(r + rounding, 1)
    return rows.assign(
        n_models=n,
        p_value=correlation_p_value(r, n),
        p_partial=correlation_p_value(r, n - 1),
        p_low=correlation_p_value(farthest, n),
        p_high=correlation_p_value(nearest, n - 1),
    )


def _bounded(estimate: NDArray[np.float64]) -> NDArray[np.float64]:
    if np.any(np.abs(estimate) > 1 + 1e-9):
        raise ValueError("a correlation lies outside [-1, 1]")
    return np.clip(estimate, -1, 1)
