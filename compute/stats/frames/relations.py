"""What alignment goes with, cohort by cohort: correlations, shapes, and groups of models."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from compute.stats import groups
from compute.stats.frames.tables import table
from compute.stats.relations import (
    METHODS,
    TRANSFORMS,
    clustered_inference,
    correlations,
    count_clusters,
    naive_inference,
)
from compute.stats.shapes import MIN_UNITS, SHAPE, shape

PAIR = dict.fromkeys(("cohort_id", "alignment_id", "property_id"), "str")
KEY = PAIR | {"covariate": "str"}
_ABOUT = ["cluster_id", "family"]
_ROBUST = ("ci_low", "ci_high", "p_value")
_NAIVE = ("p_value_naive", "ci_low_naive", "ci_high_naive")


def _cohorts(scores: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[tuple]:
    """Cohort by cohort: its pairs, matrix, pairs as columns, units, and covariate by name."""
    for cohort_id, wanted in pairs.groupby("cohort_id", sort=True):
        part = scores[scores["cohort_id"] == cohort_id]
        matrix = part.pivot(index="unit_id", columns="benchmark_id", values="score")
        matrix = matrix.sort_index().sort_index(axis=1).astype(float)
        units = part.drop_duplicates("unit_id").set_index("unit_id").loc[matrix.index]
        about, held = units[_ABOUT], {"none": None}
        for name in units.columns[units.columns.str.startswith("imagenet_top1")]:
            held[name] = units[name].to_numpy(float)[:, None]
        wanted = wanted.sort_values(["alignment_id", "property_id"], ignore_index=True)
        columns = np.column_stack(
            [matrix.columns.get_indexer(wanted[c]) for c in ("alignment_id", "property_id")]
        )
        for covariate, values in held.items():
            named = wanted.assign(covariate=covariate)[list(KEY)]
            # a partial correlation of a thing with itself held fixed is none
            possible = (covariate == "none") | ~wanted["is_covariate_side"].to_numpy(bool)
            yield named, matrix.to_numpy(), columns, about, values, possible


def relation_frame(
    scores: pd.DataFrame, pairs: pd.DataFrame, transforms: Sequence[str] = TRANSFORMS
) -> pd.DataFrame:
    """Correlations of every pair, plain and partial, raw and of z², Pearson and Spearman.

    Parameters
    ----------
    scores : DataFrame
        Columns cohort_id, unit_id, benchmark_id, score, cluster_id, family, imagenet_top1 (null
        where unknown); one row per cohort × unit × benchmark. Each column whose name begins with
        imagenet_top1 is a covariate.
    pairs : DataFrame
        Columns cohort_id, alignment_id, property_id and is_covariate_side, which says that one of
        the two is itself an ImageNet top-1.
    transforms : sequence of str
        Of the alignment.

    Returns
    -------
    DataFrame
        `KEY`, transform, method, numbers of units, families and clusters, estimate, limits and
        p-value for clusters and, as ``…_naive``, for unrelated units; is_enough says that there
        are `MIN_UNITS`, and estimates are NaN where there are not.
    """
    parts = []
    for named, matrix, columns, about, held, possible in _cohorts(scores, pairs):
        n_families, n_clusters = (
            count_clusters(matrix, columns, about[c], held) for c in ("family", "cluster_id")
        )
        for method in METHODS:
            for transform in transforms:
                how = {"method": method, "transform": transform}
                estimate, n = correlations(matrix, columns, held, **how)
                estimate[(n < MIN_UNITS) | ~possible] = np.nan
                known = np.flatnonzero(~np.isnan(estimate))
                robust = np.full((3, len(columns)), np.nan)
                robust[:, known] = clustered_inference(
                    matrix, columns[known], about["cluster_id"], held, **how
                )[:3]
                n_covariates = 0 if held is None else held.shape[1]
                naive = naive_inference(estimate, n, method, n_covariates)
                parts.append(
                    named.assign(
                        transform=transform,
                        method=method,
                        n_units=n,
                        n_families=n_families,
                        n_clusters=n_clusters,
                        is_enough=n >= MIN_UNITS,
                        estimate=estimate,
                        **dict(zip(_ROBUST + _NAIVE, (*robust, *naive), strict=True)),
                    )
                )
    columns = KEY | dict.fromkeys(("transform", "method"), "str")
    columns |= dict.fromkeys(("n_units", "n_families", "n_clusters"), "int64")
    columns |= {"is_enough": "bool"} | dict.fromkeys(("estimate", *_ROBUST, *_NAIVE), "float64")
    return table(parts, columns)


def believed_relation_frame(scores: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Correlations of every pair as weaker and weaker links between names are believed.

    Parameters
    ----------
    scores, pairs : DataFrame
        As in `relation_frame`, scores once more for each confidence.

    Returns
    -------
    DataFrame
        Of `relation_frame`, raw alignment alone: `KEY`, method, n_units, estimate and p_value, with
        the confidence. Pairs that fewer than `MIN_UNITS` share are left out.
    """
    parts = []
    for confidence, rows in scores.groupby("confidence", sort=True):
        units = rows.groupby(["cohort_id", "benchmark_id"])["unit_id"].agg(set)
        sides = zip(pairs["cohort_id"], pairs["alignment_id"], pairs["property_id"], strict=True)
        n_shared = [len(units.get((c, a), set()) & units.get((c, b), set())) for c, a, b in sides]
        found = relation_frame(rows, pairs[np.array(n_shared, int) >= MIN_UNITS], ("raw",))
        parts.append(found.assign(confidence=confidence))
    columns = KEY | {"method": "str", "confidence": "str", "n_units": "int64"}
    return table(parts, columns | {"estimate": "float64", "p_value": "float64"})


def shape_frame(scores: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Shape of every pair, plain and with ImageNet top-1 held fixed.

    Parameters
    ----------
    scores, pairs : DataFrame
        As in `relation_frame`.

    Returns
    -------
    DataFrame
        `KEY`, `SHAPE` and is_enough.
    """
    parts = []
    for named, matrix, columns, about, held, possible in _cohorts(scores, pairs):
        clusters = np.unique(about["cluster_id"], return_inverse=True)[1]
        found = [
            shape(matrix[:, a], matrix[:, b], clusters, held if is_possible else None)
            for (a, b), is_possible in zip(columns, possible, strict=True)
        ]
        found = pd.DataFrame(found, columns=SHAPE, index=named.index)
        found.loc[~possible, list(SHAPE[2:])] = np.nan
        found["is_enough"] = found["n_units"] >= MIN_UNITS
        parts.append(named.join(found))
    columns = KEY | dict.fromkeys(SHAPE[:2], "int64") | dict.fromkeys(SHAPE[2:], "float64")
    columns |= dict.fromkeys(("n_low", "n_high", "n_clusters_low", "n_clusters_high"), "Int64")
    return table(parts, columns | {"is_enough": "bool"})


_RESAMPLED = {True: "units, groups formed anew", False: "units of the group"}
_MEANS = ("mean", "ci_low", "ci_high"), ("mean_all", "p_permutation", "above_mid", "p_above_mid")
_RESIDUALS = ("mean_residual", "p_residual", "residual_above_mid", "p_residual_above_mid")


def high_mid_low_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Groups of every cohort, alignment and property with mean, interval and permutation test.

    Parameters
    ----------
    scores : DataFrame
        cohort_id, alignment_id, property_id, unit_id, unit_name, alignment, property, covariate
        and model_group, which names the group where it is known and the alignment is not. One row
        per cohort, alignment, property and unit; no null but in covariate, and in one of alignment
        and model_group.

    Returns
    -------
    DataFrame
        One row per cohort, alignment, property and group. Pairs that fewer than six units
        share (groups of two) are left out.
    """
    names = scores.drop_duplicates("unit_id").set_index("unit_id")["unit_name"]
    units, names = (
        pd.factorize(scores["unit_id"], sort=True)[0],
        names.sort_index().to_numpy(object),
    )
    property_of, property_ids = pd.factorize(scores["property_id"], sort=True)
    known = {c: scores[c].to_numpy(float) for c in ("alignment", "property", "covariate")}
    group_of, parts = scores["model_group"].to_numpy(object), []
    for key, at in sorted(scores.groupby(list(PAIR)[:2]).indices.items()):
        unit, row = np.unique(units[at], return_inverse=True)
        which, column = np.unique(property_of[at], return_inverse=True)
        properties, covariate = np.full((2, len(unit), len(which)), np.nan)
        properties[row, column] = known["property"][at]
        covariate[row, column] = known["covariate"][at]
        # a property that is the covariate itself has none; the others know it of every unit
        has_covariate = ~np.isnan(covariate).all(0)
        covariate = np.fmax.reduce(covariate, axis=1)
        alignment, group = np.full(len(unit), np.nan), np.empty(len(unit), object)
        alignment[row], group[row] = known["alignment"][at], group_of[at]
        # properties that the same units have share their groups and resamples
        patterns, of_property = np.unique(~np.isnan(properties), axis=1, return_inverse=True)
        for number, here in enumerate(patterns.T):
            columns = of_property.ravel() == number
            beside = np.where(has_covariate[columns], covariate[here][:, None], np.nan)
            found = groups.compare_groups(
                properties[here][:, columns], alignment[here], beside, group[here]
            )
            if found is None:
                continue
            members, numbers = found
            names_of = [", ".join(sorted(names[unit[here]][g])) for g in members]
            n = int(columns.sum())
            parts.append(
                {
                    **dict(
                        zip(PAIR, (*key, np.tile(property_ids[which[columns]], 3)), strict=True)
                    ),
                    "model_group": np.repeat(groups.GROUPS, n),
                    "n_units": here.sum(),
                    "n_group": members.shape[1],
                    "resampled": _RESAMPLED[not np.isnan(alignment[here]).any()],
                    **{name: values.ravel() for name, values in numbers.items()},
                    "members": np.repeat(names_of, n),
                }
            )
    columns = PAIR | {"model_group": "str", "n_units": "int64", "n_group": "int64"}
    columns |= dict.fromkeys(_MEANS[0], "float64") | {"resampled": "str"}
    columns |= dict.fromkeys(_MEANS[1] + _RESIDUALS, "float64") | {"members": "str"}
    # several hundred small tables would take longer to make than what is in them
    together = {
        name: np.concatenate([np.broadcast_to(p[name], p["mean"].shape) for p in parts])
        for name in (columns if parts else ())
    }
    return table([pd.DataFrame(together)] if parts else [], columns)
