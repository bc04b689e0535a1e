"""What the two papers print, tried again: readings of their words, claims, p-values and theory."""

import numpy as np
import pandas as pd
from scipy import stats

from compute.stats import clusters
from compute.stats.correlation import correlation_p_value
from compute.stats.frames.tables import table
from compute.stats.missing import READING, aggregation_readings
from compute.stats.theory import capacity_interval, channel_capacity, ranking_bits, triplets_needed

ALIGNMENT = ["source_model_key", "stimulus_set_id", "target", "layer", "distance"]
N_OBJECTS = (10, 120, 1000)
N_DIMS = (1, 2, 10, 50)
STEPS = 100
MIN_FAMILIES = 3
N_PRINTED, ROUNDING = 491, 0.0005
"""Models behind each printed correlation, and half of its last digit."""


def reading_frame(parts_of: pd.DataFrame) -> pd.DataFrame:
    """What each reading of "mean rank" gives: its Spearman with the arithmetic mean.

    Parameters
    ----------
    parts_of : DataFrame
        cohort_id, level, missing_scores, source_model_key, score_overall (the published average),
        benchmark_id and score.

    Returns
    -------
    DataFrame
        ``compute.stats.missing.READING`` per cohort, level and treatment of missing scores.
    """
    key, found = ["cohort_id", "level", "missing_scores"], []
    for group, rows in parts_of.groupby(key, sort=True):
        model = ["source_model_key", "score_overall"]
        wide = rows.pivot(index=model, columns="benchmark_id", values="score")
        readings = aggregation_readings(wide, wide.index.get_level_values("score_overall"))
        found.append(pd.DataFrame(readings).assign(**dict(zip(key, group, strict=True))))
    return table(found, READING | dict.fromkeys(key, "str"))


def architecture_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean difference of every claim and property, with limits over families.

    Parameters
    ----------
    scores : DataFrame
        claim_id, property_id, comparison (``paired`` or ``group``), pair (names the two rows of a
        pair; null for groups), is_treated, family and score.

    Returns
    -------
    DataFrame
        One row per claim and property: numbers of scores and means of both sides, difference, how
        many families of models it rests on, 95 % interval and p (each family left out in turn, t
        with their effective number − 1 degrees of freedom), and how many pairs have the treated
        one higher, or how many treated models lie above the mean of the others. Interval and p are
        NaN with fewer than ``MIN_FAMILIES``, or where one makes a whole side: they say little of
        other families.
    """
    rows = []
    for (claim_id, property_id), part in scores.groupby(["claim_id", "property_id"], sort=True):
        is_paired = part["comparison"].iloc[0] == "paired"
        if is_paired:
            part = part[part.groupby("pair")["is_treated"].transform("nunique") == 2]
        part = part.sort_values(["pair", "family", "score"])
        is_treated, score = part["is_treated"].to_numpy(bool), part["score"].to_numpy(float)
        family = part["family"].to_numpy(object)
        treated, untreated = score[is_treated], score[~is_treated]
        if not (len(treated) and len(untreated)):
            continue
        if is_paired:  # sorted by pair, so that both sides are in one order
            family[~is_treated] = family[is_treated]
        sides = np.column_stack([score, is_treated])
        difference = _difference(sides)
        error = clusters.jackknife_error(clusters.without_each(sides, family, _difference))
        freedom = clusters.effective_number(family[is_treated]) - 1
        n_families = len(np.unique(family[is_treated]))
        error = error._replace(df=freedom if n_families >= MIN_FAMILIES else np.nan)
        low, high = clusters.interval(difference, error)
        rows.append(
            {
                "claim_id": claim_id,
                "property_id": property_id,
                "n_treated": len(treated),
                "n_untreated": len(untreated),
                "n_families": n_families,
                "mean_treated": treated.mean(),
                "mean_untreated": untreated.mean(),
                "difference": difference,
                "ci_low": float(low),
                "ci_high": float(high),
                "p_value": 2 * stats.t.sf(abs(difference) / error.size, error.df),
                "n_higher": (treated > (untreated if is_paired else untreated.mean())).sum(),
            }
        )
    columns = dict.fromkeys(("claim_id", "property_id"), "str")
    columns |= dict.fromkeys(("n_treated", "n_untreated", "n_families"), "int64")
    means = ("mean_treated", "mean_untreated", "difference", "ci_low", "ci_high", "p_value")
    return table(rows, columns | dict.fromkeys(means, "float64") | {"n_higher": "int64"})


def _difference(sides: np.ndarray) -> float:
    """Mean of the treated less that of the others, of rows of score and side; NaN without one."""
    score, is_treated = sides[:, 0], sides[:, 1] == 1
    if is_treated.all() or not is_treated.any():
        return np.nan
    return score[is_treated].mean() - score[~is_treated].mean()


def printed_p_value_frame(printed: pd.DataFrame) -> pd.DataFrame:
    """p-values that printed correlations imply, plain and with one covariate held fixed.

    Parameters
    ----------
    printed : DataFrame
        target_id, kind and printed; rows of another kind than ``correlation`` are left out.

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
    nearest, farthest = np.maximum(r - ROUNDING, 0), np.minimum(r + ROUNDING, 1)
    found = rows.assign(
        n_models=N_PRINTED,
        p_value=correlation_p_value(r, N_PRINTED),
        p_partial=correlation_p_value(r, N_PRINTED - 1),
        p_low=correlation_p_value(farthest, N_PRINTED),
        p_high=correlation_p_value(nearest, N_PRINTED - 1),
    )
    columns = {"target_id": "str", "printed": "float64", "n_models": "int64"}
    p_values = ("p_value", "p_partial", "p_low", "p_high")
    return table([found], columns | dict.fromkeys(p_values, "float64"))


def triplet_frame() -> pd.DataFrame:
    """Capacity and triplets needed over a grid of misalignments, objects and dimensions.

    Returns
    -------
    DataFrame
        One row per n_objects, n_dims and misalignment; triplets_needed is NaN where infinite.
    """
    epsilon = np.arange(STEPS + 1) / STEPS
    parts = []
    for n in N_OBJECTS:
        for d in N_DIMS:
            needed = triplets_needed(epsilon, n, d)
            found = {
                "n_objects": n,
                "n_dims": d,
                "misalignment": epsilon,
                "capacity": channel_capacity(epsilon),
                "bits_needed": ranking_bits(n, d),
                "triplets_needed": np.where(np.isinf(needed), np.nan, needed),
            }
            parts.append(pd.DataFrame(found))
    counts = dict.fromkeys(("n_objects", "n_dims"), "int64")
    numbers = ("misalignment", "capacity", "bits_needed", "triplets_needed")
    return table(parts, counts | dict.fromkeys(numbers, "float64"))


def capacity_frame(alignments: pd.DataFrame, halves: pd.DataFrame) -> pd.DataFrame:
    """Capacity of every triplet alignment, and of half of the people with the other half.

    Parameters
    ----------
    alignments : DataFrame
        The columns of `ALIGNMENT`, score, ci_low and ci_high: shares of triplets in [0, 1], the
        limits may be NaN. Rows without a score are left out.
    halves : DataFrame
        stimulus_set_id, target and estimate: share of triplets on which halves of the people agree.

    Returns
    -------
    DataFrame
        One row per alignment: its key, and capacity, capacity_low, capacity_high, capacity_people
        in bits; the last NaN where people were not split.
    """
    known = alignments[alignments["score"].notna()].reset_index(drop=True)
    people = halves.groupby(["stimulus_set_id", "target"])["estimate"].max()
    at = pd.MultiIndex.from_frame(known[["stimulus_set_id", "target"]])
    low, high = capacity_interval(
        1 - known["ci_high"].to_numpy(float), 1 - known["ci_low"].to_numpy(float)
    )
    found = known.assign(
        capacity=channel_capacity(1 - known["score"].to_numpy(float)),
        capacity_low=low,
        capacity_high=high,
        capacity_people=channel_capacity(1 - people.reindex(at).to_numpy(float)),
    )
    bits = ("capacity", "capacity_low", "capacity_high", "capacity_people")
    return table([found], dict.fromkeys(ALIGNMENT, "str") | dict.fromkeys(bits, "float64"))
