"""Means of a property over the models with high, middling and low alignment (seed 002, Table 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUPS = ("high", "mid", "low")
SIZE = 5
N_RESAMPLES = 2_000
N_PERMUTATIONS = 10_000
SEED = 20_230_130


def group_size(n_models: int) -> int:
    """Models of a group: five, as in seed 002, or a third of the models where there are fewer."""
    return min(SIZE, n_models // len(GROUPS))


def choose_groups(alignment: ArrayLike, size: int = SIZE) -> Ints:
    """Models with the highest, the nearest-to-the-mean and the lowest alignment.

    Parameters
    ----------
    alignment : array_like of float, shape (n_models,)
        No NaN.
    size : int
        Models of each group, 1 to n_models.

    Returns
    -------
    ndarray of int, shape (3, size)
        Places of the models of the groups high, mid and low, each from the best match on. Of equal
        ones the first come first. Groups may share models where the alignments are skewed.

    Raises
    ------
    ValueError
        An alignment is NaN or the size impossible.

    Notes
    -----
    Sucholutsky & Griffiths, §4.1 and Table 1: the five models with highest, lowest and
    closest-to-the-mean alignment.
    """
    alignment = np.asarray(alignment, float)
    if np.isnan(alignment).any():
        raise ValueError("an alignment is NaN")
    if not 1 <= size <= len(alignment):
        raise ValueError(f"groups of {size} of {len(alignment)} models")
    distances = (-alignment, np.abs(alignment - alignment.mean()), alignment)
    return np.stack([np.argsort(d, kind="stable")[:size] for d in distances])


def resampled_means(
    alignment: ArrayLike, properties: ArrayLike, size: int, n_resamples: int, seed: int
) -> Floats:
    """Means of the groups when the models are drawn again and the groups are formed anew.

    Parameters
    ----------
    alignment : array_like of float, shape (n_models,)
        No NaN.
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    size, n_resamples, seed : int
        Models of a group (a model drawn twice counts twice), resamples, seed.

    Returns
    -------
    ndarray of float, shape (n_resamples, 3, n_properties)
        Means of high, mid and low. Both which models fall into a group and the mean over them vary.
    """
    alignment, properties = np.asarray(alignment, float), np.asarray(properties, float)
    n = len(alignment)
    order = np.argsort(alignment, kind="stable")
    ordered = alignment[order]
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    means = drawn @ ordered / n
    nearest = np.argsort(np.abs(ordered - means[:, None]), axis=1, kind="stable")
    down = np.broadcast_to(np.arange(n)[::-1], drawn.shape)
    up = np.broadcast_to(np.arange(n), drawn.shape)
    out = np.empty((n_resamples, len(GROUPS), properties.shape[1]))
    for g, ranked in enumerate((down, nearest, up)):
        counts = np.take_along_axis(drawn, ranked, axis=1)
        room = size - (np.cumsum(counts, axis=1) - counts)  # places left when a model's turn comes
        taken = np.zeros_like(drawn)
        np.put_along_axis(taken, ranked, np.clip(room, 0, counts), axis=1)
        out[:, g] = taken @ properties[order] / size
    return out


def resampled_group_means(properties: ArrayLike, n_resamples: int, seed: int) -> Floats:
    """Means of one group whose models are drawn again from the group itself.

    Parameters
    ----------
    properties : array_like of float, shape (size, n_properties)
        No NaN.
    n_resamples, seed : int
        Resamples, seed.

    Returns
    -------
    ndarray of float, shape (n_resamples, n_properties)
        With five models the percentiles of these are too narrow (a 95 % interval of a normal mean
        covers about 83 %).
    """
    properties = np.asarray(properties, float)
    n = len(properties)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    return drawn @ properties / n


def permuted_means(properties: ArrayLike, groups: Ints, n_permutations: int, seed: int) -> Floats:
    """Means of the groups when the properties are dealt out to the models at random.

    Parameters
    ----------
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    groups : ndarray of int, shape (n_groups, size)
        Places of the models of each group; groups may share models.
    n_permutations, seed : int
        Permutations, seed.

    Returns
    -------
    ndarray of float, shape (n_permutations, n_groups, n_properties)
        Each group alone is a random set of ``size`` models; models shared by groups stay shared.
    """
    properties = np.asarray(properties, float)
    members, places = np.unique(groups, return_inverse=True)
    places = places.reshape(groups.shape)
    hands = np.tile(np.arange(len(properties)), (n_permutations, 1))
    dealt = np.random.default_rng(seed).permuted(hands, axis=1)[:, : len(members)]
    weights = np.zeros((len(groups), len(members)))
    for row, at in zip(weights, places, strict=True):
        np.add.at(row, at, 1 / groups.shape[1])
    return weights @ properties[dealt]


def permutation_p_value(observed: ArrayLike, permuted: ArrayLike) -> Floats:
    """Two-sided p: twice the smaller share of permutations as extreme, the observed one counted.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        NaN where unknown.
    permuted : array_like of float, shape (n_permutations, ...)
        The same quantity under every permutation.

    Returns
    -------
    ndarray of float, shape (...)
        In [2 / (n_permutations + 1), 1]; NaN where the observed value is.
    """
    observed, permuted = np.asarray(observed, float), np.asarray(permuted, float)
    slack = 1e-9 * np.maximum(1, np.abs(observed))  # sums of the same numbers in another order
    n = len(permuted) + 1
    above = ((permuted >= observed - slack).sum(axis=0) + 1) / n
    below = ((permuted <= observed + slack).sum(axis=0) + 1) / n
    return np.where(np.isnan(observed), np.nan, np.minimum(1, 2 * np.minimum(above, below)))


def residuals(properties: ArrayLike, covariate: ArrayLike) -> Floats:
    """What a straight line in the covariate leaves of each property.

    Parameters
    ----------
    properties : array_like of float, shape (n_models, n_properties)
        No NaN.
    covariate : array_like of float, shape (n_models,)
        For example ImageNet top-1. With a NaN in it, or without spread, all residuals are NaN.
    """
    properties, covariate = np.asarray(properties, float), np.asarray(covariate, float)
    if np.isnan(covariate).any() or np.ptp(covariate) == 0:
        return np.full(properties.shape, np.nan)
    design = np.column_stack([np.ones(len(covariate)), covariate - covariate.mean()])
    return properties - design @ np.linalg.lstsq(design, properties, rcond=None)[0]


KEY = ["cohort_id", "alignment_id", "property_id"]
_COLUMNS = {
    **dict.fromkeys([*KEY, "model_group"], "str"),
    "n_models": "int64",
    "n_group": "int64",
    "mean": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "resampled": "str",
    "mean_all": "float64",
    "p_permutation": "float64",
    "above_mid": "float64",
    "p_above_mid": "float64",
    "mean_residual": "float64",
    "p_residual": "float64",
    "residual_above_mid": "float64",
    "p_residual_above_mid": "float64",
    "models": "str",
}


def high_mid_low_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Groups of every cohort, alignment and property with mean, interval and permutation test.

    Parameters
    ----------
    scores : DataFrame
        cohort_id, alignment_id, property_id, model, alignment, property, covariate and
        model_group, which names the group where it is known and the alignment is not. One row per
        cohort, alignment, property and model; no null but in covariate, and in one of alignment
        and model_group.

    Returns
    -------
    DataFrame
        One row per cohort, alignment, property and group. Cohorts of fewer than six models
        (groups of two) are left out.
    """
    parts = []
    for (cohort_id, alignment_id), part in scores.groupby(KEY[:2], sort=True):
        # properties that the same models have share their groups and resamples
        wide = part.pivot(index="model", columns="property_id", values="property").sort_index()
        first = part.drop_duplicates("model").set_index("model").reindex(wide.index)
        patterns = wide.notna().T.groupby(list(wide.index), sort=False).indices.values()
        for columns in patterns:
            values = wide.iloc[:, np.sort(columns)].dropna(how="any")
            about = first.loc[values.index]
            parts.append(
                _tested(values, about).assign(cohort_id=cohort_id, alignment_id=alignment_id)
            )
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    return pd.concat(parts, ignore_index=True)[list(_COLUMNS)].astype(_COLUMNS)


def _tested(values: pd.DataFrame, about: pd.DataFrame) -> pd.DataFrame:
    """Rows of one alignment, for properties (columns) of the same models (index)."""
    is_known = about["alignment"].notna().all()
    size = group_size(len(values)) if is_known else (about["model_group"] == "high").sum()
    if size < 2:
        return pd.DataFrame()
    properties = values.to_numpy(float)
    if is_known:
        alignment = about["alignment"].to_numpy(float)
        groups = choose_groups(alignment, size)
        resampled = resampled_means(alignment, properties, size, N_RESAMPLES, SEED)
        drawn = "models, groups formed anew"
    else:
        groups = np.stack([np.flatnonzero(about["model_group"] == g) for g in GROUPS])
        resampled = np.stack(
            [resampled_group_means(properties[g], N_RESAMPLES, SEED) for g in groups], axis=1
        )
        drawn = "models of the group"
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    left = residuals(properties, about["covariate"].to_numpy(float))
    both = np.hstack([properties, left])
    means, left_means = np.hsplit(both[groups].mean(axis=1), 2)
    permuted, left_permuted = np.dsplit(permuted_means(both, groups, N_PERMUTATIONS, SEED), 2)
    names = values.index.to_numpy(object)
    rows = []
    for g, group in enumerate(GROUPS):
        numbers = {
            "mean": means[g],
            "ci_low": low[g],
            "ci_high": high[g],
            "mean_all": properties.mean(axis=0),
            "p_permutation": permutation_p_value(means[g], permuted[:, g]),
            "mean_residual": left_means[g],
            "p_residual": permutation_p_value(left_means[g], left_permuted[:, g]),
        }
        if group != "mid":
            for kind, of, dealt in (
                ("above_mid", means, permuted),
                ("residual_above_mid", left_means, left_permuted),
            ):
                numbers[kind] = of[g] - of[1]
                numbers[f"p_{kind}"] = permutation_p_value(of[g] - of[1], dealt[:, g] - dealt[:, 1])
        rows.append(
            pd.DataFrame(numbers).assign(
                property_id=values.columns.to_numpy(object),
                model_group=group,
                n_models=len(values),
                n_group=size,
                resampled=drawn,
                models=", ".join(sorted(names[groups[g]])),
            )
        )
    return pd.concat(rows)
