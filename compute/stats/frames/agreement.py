"""Agreement between the benchmarks of a cohort, its uncertainty, and its dimensions.

``scores`` have one row per cohort, level, model and benchmark: cohort_id, level, model,
benchmark_id, score_directed; family and imagenet_top1 of the model where they matter.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from compute.stats import agreement, correlation
from compute.stats.frames.tables import (
    PAIR,
    families_of,
    is_complete,
    matrices,
    matrix_of,
    of_models,
    pairs_of,
    table,
)
from compute.stats.resampling import percentile_interval, random_subsets, resample_counts

N_RESAMPLES = 10_000
N_PARTIAL_RESAMPLES = 2_000
N_SHARED_RESAMPLES = 500
"""Where cells are missing, a resample costs twenty times as much."""

N_NULL_COHORTS = 1_000
N_COMPONENTS = 10
SEED = 20_240_713

FLOORS = (0.0, 0.019, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75)
"""Accuracy floors that :func:`sensitivity_frame` tries."""

SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the benchmarks that a model must have there."""

MIN_MODELS = 10
"""Fewer models are not summarised again."""

_TESTED = dict.fromkeys(("estimate", "p_value", "ci_low", "ci_high"), "float64")


def correlation_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman, Pearson and Kendall of every pair of benchmarks.

    Parameters
    ----------
    scores : DataFrame
        With the model's imagenet_top1; without that column nothing is held fixed.

    Returns
    -------
    DataFrame
        One row per cohort, level, method and pair that shares a model: n_models, estimate, p_value
        and 95 % limits (Fisher for Pearson, Bonett–Wright for Spearman, Fieller for Kendall's τ-b).
        For Spearman also estimate_partial with ImageNet top-1 held fixed, the n_partial models
        that have all three, and the plain estimate over the models whose top-1 is known.
    """
    parts = []
    for cohort_id, level, matrix in matrices(scores):
        pairs, above = pairs_of(matrix)
        values = matrix.to_numpy()
        spearman, shared = correlation.pairwise_spearman(values)
        kendall, _, kendall_p = correlation.kendall_tau_b(values)
        n = shared[above]
        pairs = pairs.assign(cohort_id=cohort_id, level=level, n_models=n)
        pearson = correlation.pairwise_pearson(values)
        found = {"spearman": spearman, "pearson": pearson, "kendall": kendall}
        for method, estimate in found.items():
            estimate = estimate[above]
            low, high = correlation.correlation_interval(estimate, n, method)
            if method == "kendall":
                p_value = kendall_p[above]
            else:
                p_value = correlation.correlation_p_value(estimate, n)
            part = pairs.assign(method=method, estimate=estimate, p_value=p_value)
            part = part.assign(ci_low=low, ci_high=high)
            if method == "spearman" and "imagenet_top1" in scores:
                here = scores[scores["cohort_id"] == cohort_id]
                part = part.assign(**_with_top1_fixed(here, matrix, above))
            parts.append(part[n > 0])
    columns = PAIR | {"method": "str", "n_models": "int64"} | _TESTED
    columns |= {"estimate_partial": "float64", "n_partial": "Int64"}
    columns |= {"estimate_on_partial_models": "float64"}
    return table(parts, columns)


def _with_top1_fixed(
    scores: pd.DataFrame, matrix: pd.DataFrame, above: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    top1 = of_models(scores, matrix, "imagenet_top1").astype(float)
    estimate, n_models = correlation.partial_spearman(matrix.to_numpy(), top1)
    plain, _ = correlation.pairwise_spearman(matrix.to_numpy()[~np.isnan(top1)])
    plain[np.isnan(estimate)] = np.nan
    return {
        "estimate_partial": estimate[above],
        "n_partial": n_models[above],
        "estimate_on_partial_models": plain[above],
    }


def bootstrap_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Percentile bootstrap intervals of the Spearman of every pair, for complete matrices.

    Parameters
    ----------
    scores : DataFrame
        With family.

    Returns
    -------
    DataFrame
        One row per cohort, level and pair: 95 % limits over models (boot_low, boot_high) and over
        architecture families, drawn whole (family_boot_low, family_boot_high).
    """
    parts, known = [], {}
    complete = [(*key, matrix) for *key, matrix in matrices(scores) if is_complete(matrix)]
    largest = max((m.shape[1] * (m.shape[1] - 1) // 2 for *_, m in complete), default=0)
    scratch = np.empty((largest, N_RESAMPLES))
    for cohort_id, level, matrix in complete:
        pairs, _ = pairs_of(matrix)
        # two cohorts can have the same members: resample once
        key = (tuple(matrix.index), matrix.to_numpy().tobytes())
        if key not in known:
            out = scratch[: len(pairs)]
            estimate = partial(agreement.resampled_pairs, matrix.to_numpy(), out=out)
            known[key] = _limits(estimate, families_of(scores, matrix), N_RESAMPLES)
        parts.append(pairs.assign(cohort_id=cohort_id, level=level, **known[key]))
    return table(parts, PAIR | dict.fromkeys(_SIDES, "float64"))


_SIDES = ("boot_low", "boot_high", "family_boot_low", "family_boot_high")


def _limits(
    estimate: Callable[[np.ndarray], np.ndarray], families: np.ndarray, n_resamples: int
) -> dict[str, np.ndarray]:
    """95 % limits of what ``estimate`` gives of resamples, over models and over families."""
    limits = []
    for blocks in (None, families):
        weights = resample_counts(len(families), n_resamples, SEED, blocks)
        limits += percentile_interval(estimate(weights))
    return dict(zip(_SIDES, limits, strict=True))


def mean_frame(scores: pd.DataFrame, pools: pd.DataFrame) -> pd.DataFrame:
    """How sure the mean Spearman of each cohort is, and what random cohorts of its size have.

    Parameters
    ----------
    scores : DataFrame
        At level leaf, with family and imagenet_top1.
    pools : DataFrame
        cohort_id and pool_id, the cohort whose models random cohorts are drawn from.

    Returns
    -------
    DataFrame
        One row per cohort: mean_spearman; its limits over models and over families (boot_*,
        family_boot_*); null_mean, null_low, null_high and null_percentile of random cohorts of the
        same size over the same benchmarks, pairwise deletion, and null_median_pair_models, how
        many models a pair has in them; for complete cohorts with ten models or more of known
        top-1 the limits of the mean with top-1 held fixed (partial_boot_*, partial_family_boot_*).
    """
    leaves = {cohort: matrix for cohort, _, matrix in matrices(scores)}
    pool_of = dict(zip(pools["cohort_id"], pools["pool_id"], strict=True))
    rows = []
    for cohort_id, matrix in leaves.items():
        here = scores[scores["cohort_id"] == cohort_id]
        mean = correlation.mean_off_diagonal(correlation.pairwise_spearman(matrix.to_numpy())[0])
        row = {"cohort_id": cohort_id, "mean_spearman": mean}
        n_resamples, min_models = (
            (N_RESAMPLES, 2) if is_complete(matrix) else (N_SHARED_RESAMPLES, 3)
        )
        estimate = partial(agreement.resampled_mean, matrix.to_numpy(), min_models=min_models)
        row |= _limits(estimate, families_of(here, matrix), n_resamples)
        pool = leaves.get(pool_of.get(cohort_id, ""))
        if pool is not None and len(pool) > len(matrix):
            row |= _null(pool.reindex(columns=matrix.columns).to_numpy(), len(matrix), mean)
        rows.append(row | _partial_limits(here, matrix))
    numbers = ["mean_spearman", *_SIDES, *(f"partial_{side}" for side in _SIDES)]
    numbers += ["null_mean", "null_low", "null_high", "null_percentile", "null_median_pair_models"]
    return table(rows, {"cohort_id": "str"} | dict.fromkeys(numbers, "float64"))


def _null(pool: np.ndarray, size: int, mean: float) -> dict[str, float]:
    """Random cohorts of a pool: their mean Spearman, and how many models their pairs share."""
    chosen = random_subsets(len(pool), size, N_NULL_COHORTS, SEED)
    means = agreement.resampled_mean(pool, chosen)
    means = means[~np.isnan(means)]
    low, high = percentile_interval(means)
    present, above = (~np.isnan(pool)).astype(np.float32), np.triu_indices(pool.shape[1], 1)
    drawn = (present[subset] for subset in chosen.astype(bool))
    return {
        "null_mean": means.mean(),
        "null_low": low,
        "null_high": high,
        "null_percentile": (means < mean).mean(),
        "null_median_pair_models": np.median([np.median((p.T @ p)[above]) for p in drawn]),
    }


def _partial_limits(scores: pd.DataFrame, matrix: pd.DataFrame) -> dict[str, float]:
    """Limits of the mean with top-1 held fixed; nothing where it is known for too few models."""
    top1 = of_models(scores, matrix, "imagenet_top1").astype(float)
    keep = ~np.isnan(top1)
    if keep.sum() < MIN_MODELS or not is_complete(matrix):
        return {}
    kept = matrix[keep]
    estimate = partial(agreement.resampled_mean, kept.to_numpy(), covariate=top1[keep])
    limits = _limits(estimate, families_of(scores, kept), N_PARTIAL_RESAMPLES)
    return {f"partial_{side}": limit for side, limit in limits.items()}


def change_frame(scores: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Interval of the difference of the mean Spearman of two complete cohorts.

    Parameters
    ----------
    scores : DataFrame
        At level leaf, with family.
    changes : DataFrame
        step, previous_cohort_id and cohort_id.

    Returns
    -------
    DataFrame
        One row per step: n_shared_models, and limits of the second mean minus the first, over
        models and over families. Models of both cohorts are resampled together, so that a shared
        model is drawn as often on both sides; cohorts that share none are resampled apart.
    """
    leaves = {c: matrix for c, _, matrix in matrices(scores) if is_complete(matrix)}
    rows = []
    for change in changes.sort_values("step").itertuples():
        ids = [change.previous_cohort_id, change.cohort_id]
        if not leaves.keys() >= set(ids):
            continue
        sides = [leaves[cohort] for cohort in ids]
        shared = sides[0].index.intersection(sides[1].index)
        both = sides[0].index.union(sides[1].index).to_frame()
        families = families_of(scores[scores["cohort_id"].isin(ids)], both)
        row = {"step": change.step, "n_shared_models": len(shared)}
        for name, blocks in (("boot", None), ("family_boot", families)):
            drawn = []
            for apart, side in enumerate(sides):
                place = both.index.get_indexer(side.index)
                own = place if shared.empty else np.arange(len(both))
                weights = resample_counts(
                    len(own),
                    N_RESAMPLES,
                    SEED + (apart if shared.empty else 0),
                    None if blocks is None else blocks[own],
                )
                weights = weights if shared.empty else weights[:, place]
                drawn.append(agreement.resampled_mean(side.to_numpy(), weights))
            row[f"{name}_low"], row[f"{name}_high"] = percentile_interval(drawn[1] - drawn[0])
        rows.append(row)
    columns = {"step": "int64", "n_shared_models": "int64"}
    return table(rows, columns | dict.fromkeys(_SIDES, "float64"))


def dimensions_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Loadings and eigenvalues of the leading components of complete cohorts.

    Parameters
    ----------
    scores : DataFrame
        At level leaf.

    Returns
    -------
    DataFrame
        One row per cohort, component (ten at most) and benchmark: eigenvalue, explained_share and
        parallel_threshold of the component, and the benchmark's loading.
    """
    parts, known = [], {}
    for cohort_id, _, matrix in matrices(scores):
        if not is_complete(matrix) or (matrix.nunique() < 2).any():
            continue
        key = matrix.to_numpy().tobytes()
        if key not in known:
            known[key] = agreement.principal_components(matrix.to_numpy(), seed=SEED)
        values, loadings, threshold = known[key]
        for component in range(min(N_COMPONENTS, len(values))):
            part = {
                "cohort_id": cohort_id,
                "component": component + 1,
                "eigenvalue": values[component],
                "explained_share": values[component] / len(values),
                "parallel_threshold": threshold[component],
                "benchmark_id": matrix.columns,
                "loading": loadings[:, component],
            }
            parts.append(pd.DataFrame(part))
    numbers = ("eigenvalue", "explained_share", "parallel_threshold", "loading")
    columns = {"cohort_id": "str", "component": "int64", "benchmark_id": "str"}
    return table(parts, columns | dict.fromkeys(numbers, "float64"))


def cluster_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Place of each benchmark when similar ones stand side by side, per cohort and level."""
    parts = []
    for cohort_id, level, matrix in matrices(scores):
        order = agreement.cluster_order(correlation.pairwise_spearman(matrix.to_numpy())[0])
        part = pd.DataFrame(
            {"benchmark_id": matrix.columns, "cluster_place": np.argsort(order) + 1}
        )
        parts.append(part.assign(cohort_id=cohort_id, level=level))
    texts = dict.fromkeys(("cohort_id", "level", "benchmark_id"), "str")
    return table(parts, texts | {"cluster_place": "int64"})


def sensitivity_frame(scores: pd.DataFrame, cohorts: pd.DataFrame) -> pd.DataFrame:
    """Mean Spearman of the open cohorts as the accuracy floor or the completeness demanded rises.

    Parameters
    ----------
    scores : DataFrame
        At level leaf, with imagenet_top1.
    cohorts : DataFrame
        With the cohort_id of the cohorts that keep models with missing cells.

    Returns
    -------
    DataFrame
        cohort_id, axis, value, n_models, mean_estimate and min_pair_models, pairwise deletion. On
        the axis accuracy_floor, models with a known top-1 at or below the value leave; on the axis
        completeness, models with a smaller share of the benchmarks scored. Ten models must stay.
    """
    rows = []
    for cohort_id, _, matrix in matrices(scores[scores["cohort_id"].isin(cohorts["cohort_id"])]):
        here = scores[scores["cohort_id"] == cohort_id]
        top1 = of_models(here, matrix, "imagenet_top1").astype(float)
        present = matrix.notna().to_numpy().mean(1)
        rules = [("accuracy_floor", floor, ~(top1 <= floor)) for floor in FLOORS]
        rules += [("completeness", share, present >= share - 1e-12) for share in SHARES]
        for axis, value, keep in rules:
            if keep.sum() < MIN_MODELS:
                continue
            estimate, shared = correlation.pairwise_spearman(matrix.to_numpy()[keep])
            found = {
                "cohort_id": cohort_id,
                "axis": axis,
                "value": value,
                "n_models": int(keep.sum()),
                "mean_estimate": correlation.mean_off_diagonal(estimate),
                "min_pair_models": int(shared[np.triu_indices(len(estimate), 1)].min()),
            }
            rows.append(found)
    columns = {"cohort_id": "str", "axis": "str", "value": "float64", "n_models": "int64"}
    return table(rows, columns | {"mean_estimate": "float64", "min_pair_models": "int64"})


def cross_source_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman between benchmarks of different sources, at each identity confidence.

    Parameters
    ----------
    scores : DataFrame
        confidence, source_id, model, benchmark_id, score_directed; one score per model and
        benchmark.

    Returns
    -------
    DataFrame
        One row per confidence and pair of benchmarks from two sources that share four models or
        more.
    """
    parts = []
    for confidence, part in scores.groupby("confidence", sort=True):
        matrix = matrix_of(part)
        source = part.drop_duplicates("benchmark_id").set_index("benchmark_id")["source_id"]
        source = source.reindex(matrix.columns).to_numpy(object)
        estimate, shared = correlation.pairwise_spearman(matrix.to_numpy())
        pairs, above = pairs_of(matrix)
        keep = (source[above[0]] != source[above[1]]) & (shared[above] >= 4)
        pairs = pairs.assign(
            confidence=confidence,
            source_a=source[above[0]],
            source_b=source[above[1]],
            n_models=shared[above],
            estimate=estimate[above],
        )
        parts.append(pairs[keep])
    texts = ("confidence", "benchmark_a", "benchmark_b", "source_a", "source_b")
    return table(parts, dict.fromkeys(texts, "str") | {"n_models": "int64", "estimate": "float64"})


def power_frame(correlations: pd.DataFrame) -> pd.DataFrame:
    """The smallest correlation that could be significant at a cohort's size and number of pairs.

    Parameters
    ----------
    correlations : DataFrame
        As :func:`correlation_frame` returns them.

    Returns
    -------
    DataFrame
        One row per cohort, level and method but Kendall's: n_models of the smallest pair, n_tests,
        and the critical correlation with Bonferroni over them and without.
    """
    key = dict.fromkeys(("cohort_id", "level", "method"), "str")
    tested = correlations[correlations["method"] != "kendall"]
    found = tested.groupby(list(key), as_index=False).agg(
        n_models=("n_models", "min"), n_tests=("estimate", "count")
    )
    n, m = found["n_models"].to_numpy(float), found["n_tests"].to_numpy(float)
    found["minimum_detectable"] = correlation.minimum_detectable(n, m)
    found["minimum_detectable_single"] = correlation.minimum_detectable(n, 1)
    columns = key | {"n_models": "int64", "n_tests": "int64"}
    columns |= dict.fromkeys(("minimum_detectable", "minimum_detectable_single"), "float64")
    return table([found], columns)
