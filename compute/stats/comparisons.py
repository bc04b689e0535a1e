"""Differences between models: two of them, pairs of networks, or groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

_COLUMNS = {
    **dict.fromkeys(("claim_id", "property_id"), "str"),
    **dict.fromkeys(("n_treated", "n_untreated"), "int64"),
    **dict.fromkeys(
        ("mean_treated", "mean_untreated", "difference", "ci_low", "ci_high"), "float64"
    ),
    "p_value": "float64",
    "n_higher": "int64",
}


def compared_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean difference of every claim and property, with Student's or Welch's interval.

    Parameters
    ----------
    scores : DataFrame
        claim_id, property_id, comparison (``paired`` or ``group``), pair (names the two rows of a
        pair; null for groups), is_treated and score.

    Returns
    -------
    DataFrame
        One row per claim and property: numbers of scores and means of both sides, difference,
        95 % interval and p (paired: Student's t over pairs; group: Welch's t), and how many pairs
        have the treated one higher, or how many treated models lie above the mean of the others.
        Interval and p are NaN with fewer than two pairs, or two models on a side.
    """
    from scipy import stats  # a second to import, which `clustered_mean` does without

    parts = []
    for (claim_id, property_id), part in scores.groupby(["claim_id", "property_id"], sort=True):
        if part["comparison"].iloc[0] == "paired":
            wide = part.pivot(index="pair", columns="is_treated", values="score")
            wide = wide.reindex(columns=[True, False]).dropna()
            treated, untreated = wide[True].to_numpy(float), wide[False].to_numpy(float)
            higher = treated > untreated
            test, options = (stats.ttest_rel if len(wide) > 1 else None), {}
        else:
            sides = {k: v["score"].to_numpy(float) for k, v in part.groupby("is_treated")}
            treated, untreated = (np.sort(sides.get(k, np.array([]))) for k in (True, False))
            if not (len(treated) and len(untreated)):
                continue
            higher = treated > untreated.mean()
            test = stats.ttest_ind if min(len(treated), len(untreated)) > 1 else None
            options = {"equal_var": False}
        if not len(treated):
            continue
        found = test(treated, untreated, **options) if test else None
        low, high = found.confidence_interval(0.95) if found else (np.nan, np.nan)
        parts.append(
            {
                "claim_id": claim_id,
                "property_id": property_id,
                "n_treated": len(treated),
                "n_untreated": len(untreated),
                "mean_treated": treated.mean(),
                "mean_untreated": untreated.mean(),
                "difference": treated.mean() - untreated.mean(),
                "ci_low": low,
                "ci_high": high,
                "p_value": found.pvalue if found else np.nan,
                "n_higher": int(higher.sum()),
            }
        )
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    return pd.DataFrame(parts)[list(_COLUMNS)].astype(_COLUMNS)


@dataclass(frozen=True)
class MeanDifference:
    """A mean of paired differences and what is not sure about it; see `clustered_mean`."""

    mean: float
    ci_low: float
    ci_high: float
    p_value: float
    n: int
    n_clusters: int


def clustered_mean(differences: ArrayLike, clusters: ArrayLike) -> MeanDifference:
    """Mean of differences that are alike within clusters, with a 95 % interval.

    Parameters
    ----------
    differences : array_like of float, shape (n,)
        One model less another, per benchmark. NaN is left out.
    clusters : array_like of str, shape (n,)
        What each belongs to, for example the parent of the benchmark.

    Returns
    -------
    MeanDifference
        The plain mean over differences, Student's interval and two-sided p with clusters − 1
        degrees of freedom, and both counts after NaN is left out. Interval and p are NaN with
        fewer than two clusters, p also where nothing varies; the mean of nothing is NaN.

    Raises
    ------
    ValueError
        Differences and clusters are not of one length.

    Notes
    -----
    The standard error of a regression on a constant, robust to clusters, with the usual
    correction for few of them, G/(G − 1) (Liang and Zeger 1986; Cameron and Miller 2015, eq. 11).
    With few clusters of unequal size it is still rather too small.
    """
    differences = np.asarray(differences, float)
    clusters = np.asarray(clusters, str)
    if differences.shape != clusters.shape or differences.ndim != 1:
        raise ValueError(
            f"differences have the shape {differences.shape}, clusters {clusters.shape}: "
            "give one cluster for each difference"
        )
    known = ~np.isnan(differences)
    differences = differences[known]
    names, members = np.unique(clusters[known], return_inverse=True)
    n, n_clusters = len(differences), len(names)
    if not n:
        return MeanDifference(np.nan, np.nan, np.nan, np.nan, 0, 0)
    mean = differences.mean()
    if n_clusters < 2:
        return MeanDifference(mean, np.nan, np.nan, np.nan, n, n_clusters)
    sums = np.bincount(members, differences - mean, n_clusters)
    error = np.sqrt(n_clusters / (n_clusters - 1) * (sums**2).sum()) / n
    half = special.stdtrit(n_clusters - 1, 0.975) * error
    p_value = 2 * special.stdtr(n_clusters - 1, -np.abs(mean / error)) if error else np.nan
    return MeanDifference(mean, mean - half, mean + half, p_value, n, n_clusters)
