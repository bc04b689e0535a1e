"""Differences between kinds of models, as pairs of networks or as groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

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
    parts = []
    for (claim_id, property_id), part in scores.groupby(["claim_id", "property_id"], sort=True):
        if part["comparison"].iloc[0] == "paired":
            wide = part.pivot(index="pair", columns="is_treated", values="score")
            wide = wide.reindex(columns=[True, False]).dropna()
            treated, untreated = wide[True].to_numpy(float), wide[False].to_numpy(float)
            higher = treated > untreated
            test = stats.ttest_rel if len(wide) > 1 else None
        else:
            sides = {k: v["score"].to_numpy(float) for k, v in part.groupby("is_treated")}
            treated, untreated = (np.sort(sides.get(k, np.array([]))) for k in (True, False))
            if not (len(treated) and len(untreated)):
                continue
            higher = treated > untreated.mean()
            test = _welch if min(len(treated), len(untreated)) > 1 else None
        if not len(treated):
            continue
        found = test(treated, untreated) if test else None
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


def _welch(treated: np.ndarray, untreated: np.ndarray):
    return stats.ttest_ind(treated, untreated, equal_var=False)
