"""From long tables of a cohort's scores to matrices, through a kernel, and back to long tables.

The input has the columns cohort_id, level, model, benchmark_id, score_directed, and family where
families matter. Each function loops over cohort × level in sorted order, so that two runs agree.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from compute.stats import agreement, correlation
from compute.stats.resampling import resample_counts

N_RESAMPLES = 10_000
N_PARTIAL_RESAMPLES = 2_000
N_SHARED_RESAMPLES = 500  # where cells are missing, a resample costs twenty times as much
N_NULL_COHORTS = 1_000
SEED = 20_240_713
PAIR = dict.fromkeys(("cohort_id", "level", "benchmark_a", "benchmark_b"), "str")


def _matrices(scores: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Cohort, level and models × benchmarks matrix, models and benchmarks sorted."""
    for (cohort_id, level), part in scores.groupby(["cohort_id", "level"], sort=True):
        matrix = part.pivot(index="model", columns="benchmark_id", values="score_directed")
        if matrix.shape[1] > 1 and len(matrix) > 3:
            yield cohort_id, level, matrix.sort_index().sort_index(axis=1).astype(float)


def _pairs(matrix: pd.DataFrame) -> tuple[pd.DataFrame, tuple[np.ndarray, np.ndarray]]:
    above = np.triu_indices(matrix.shape[1], 1)
    names = matrix.columns.to_numpy(object)
    return pd.DataFrame({"benchmark_a": names[above[0]], "benchmark_b": names[above[1]]}), above


def _families(scores: pd.DataFrame, matrix: pd.DataFrame) -> np.ndarray:
    known = scores.drop_duplicates("model").set_index("model")["family"]
    return known.reindex(matrix.index).to_numpy(object).astype(str)


def _gathered(parts: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    """All parts as one table of declared columns, which an absent source leaves empty."""
    if parts:
        return pd.concat(parts, ignore_index=True)[list(columns)].astype(columns)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def kendall_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Kendall τ-b with p-value and Fieller interval of every pair, per cohort and level."""
    parts = []
    for cohort_id, level, matrix in _matrices(scores):
        pairs, above = _pairs(matrix)
        estimate, n_models, p_value = correlation.kendall_tau_b(matrix.to_numpy())
        low, high = correlation.fieller_interval(estimate, n_models)
        parts.append(
            pairs.assign(
                cohort_id=cohort_id,
                level=level,
                n_models=n_models[above],
                estimate=estimate[above],
                p_value=p_value[above],
                ci_low=low[above],
                ci_high=high[above],
            )
        )
    return _gathered(
        parts,
        {
            **PAIR,
            "n_models": "int64",
            "estimate": "float64",
            "p_value": "float64",
            "ci_low": "float64",
            "ci_high": "float64",
        },
    )


def bootstrap_frame(scores: pd.DataFrame, by_family: bool) -> pd.DataFrame:
    """Percentile bootstrap interval of the Spearman of every pair, for complete matrices.

    With ``by_family`` whole architecture families are resampled.
    """
    parts, known = [], {}
    drawn_for, weights = None, None
    for cohort_id, level, matrix in _matrices(scores):
        if matrix.isna().any(axis=None):
            continue
        pairs, above = _pairs(matrix)
        blocks = _families(scores, matrix) if by_family else None
        # two cohorts can have the same members: resample once
        key = (level, tuple(matrix.index), tuple(matrix.columns), matrix.to_numpy().tobytes())
        if key not in known:
            # the levels of a cohort follow each other and mostly have the same models
            wanted = (len(matrix), None if blocks is None else tuple(blocks))
            if wanted != drawn_for:
                weights = resample_counts(len(matrix), N_RESAMPLES, SEED, blocks)
                drawn_for = wanted
            known[key] = agreement.bootstrap_pairs(matrix.to_numpy(), weights)
        low, high = known[key]
        parts.append(
            pairs.assign(
                cohort_id=cohort_id, level=level, boot_low=low[above], boot_high=high[above]
            )
        )
    return _gathered(
        parts,
        {
            **PAIR,
            "boot_low": "float64",
            "boot_high": "float64",
        },
    )


def partial_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman of every pair with ImageNet top-1 (column imagenet_top1) held fixed.

    estimate_on_partial_models is the plain Spearman over the same models.
    """
    parts = []
    for cohort_id, level, matrix in _matrices(scores):
        pairs, above = _pairs(matrix)
        known = scores.drop_duplicates(["cohort_id", "model"]).set_index(["cohort_id", "model"])
        covariate = known.loc[cohort_id, "imagenet_top1"].reindex(matrix.index).to_numpy(float)
        estimate, n_models = correlation.partial_spearman(matrix.to_numpy(), covariate)
        plain, _ = correlation.pairwise_spearman(matrix.to_numpy()[~np.isnan(covariate)])
        plain[np.isnan(estimate)] = np.nan
        parts.append(
            pairs.assign(
                cohort_id=cohort_id,
                level=level,
                estimate_partial=estimate[above],
                n_partial=n_models[above],
                estimate_on_partial_models=plain[above],
            )
        )
    return _gathered(
        parts,
        {
            **PAIR,
            "estimate_partial": "float64",
            "n_partial": "int64",
            "estimate_on_partial_models": "float64",
        },
    )


def mean_agreement_frame(scores: pd.DataFrame, pools: pd.DataFrame) -> pd.DataFrame:
    """Mean Spearman of each cohort at leaf level, two bootstraps, and random cohorts of its size.

    Parameters
    ----------
    scores : DataFrame
        Scores at level leaf with family.
    pools : DataFrame
        Columns cohort_id, pool_id: the cohort whose models random cohorts are drawn from.

    Returns
    -------
    DataFrame
        One row per cohort: mean, boot_low/high over models and over families, null_mean/low/high
        and null_percentile of random cohorts of the same size over the same benchmarks, pairwise
        deletion, and null_median_pair_models, how many models a pair has in them.
    """
    matrices = {cohort: matrix for cohort, _, matrix in _matrices(scores)}
    pool_of = dict(zip(pools["cohort_id"], pools["pool_id"], strict=True))
    parts = []
    for cohort_id, matrix in matrices.items():
        row = {"cohort_id": cohort_id}
        values = matrix.to_numpy()
        row["mean_spearman"] = correlation.mean_off_diagonal(
            correlation.pairwise_spearman(values)[0]
        )
        has_holes = np.isnan(values).any()
        resampled = (
            agreement.bootstrap_mean_shared_spearman
            if has_holes
            else agreement.bootstrap_mean_spearman
        )
        n_resamples = N_SHARED_RESAMPLES if has_holes else N_RESAMPLES
        for name, blocks in (("boot", None), ("family_boot", _families(scores, matrix))):
            weights = resample_counts(len(values), n_resamples, SEED, blocks)
            means = resampled(values, weights)
            row[f"{name}_low"], row[f"{name}_high"] = np.nanquantile(means, [0.025, 0.975])
        pool = matrices.get(pool_of.get(cohort_id, ""))
        if pool is not None and len(pool) > len(matrix):
            shared = pool.reindex(columns=matrix.columns).to_numpy()
            means = agreement.random_cohort_means(shared, len(matrix), N_NULL_COHORTS, SEED)
            means = means[~np.isnan(means)]
            row["null_mean"] = means.mean()
            row["null_low"], row["null_high"] = np.quantile(means, [0.025, 0.975])
            row["null_percentile"] = float((means < row["mean_spearman"]).mean())
            row["n_null_cohorts"] = len(means)
            sizes = agreement.random_cohort_pair_models(shared, len(matrix), N_NULL_COHORTS, SEED)
            row["null_median_pair_models"] = np.median(sizes)
        parts.append(pd.DataFrame([row]))
    columns = {"cohort_id": "str", "mean_spearman": "float64"}
    columns |= dict.fromkeys(
        ("boot_low", "boot_high", "family_boot_low", "family_boot_high"), "float64"
    )
    columns |= dict.fromkeys(("null_mean", "null_low", "null_high", "null_percentile"), "float64")
    columns |= dict.fromkeys(("n_null_cohorts", "null_median_pair_models"), "float64")
    parts = [part.reindex(columns=list(columns)) for part in parts]
    return _gathered(parts, columns)


def partial_mean_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Intervals of the mean Spearman with ImageNet top-1 held fixed, and of the plain mean.

    Parameters
    ----------
    scores : DataFrame
        Scores at level leaf with family and imagenet_top1.

    Returns
    -------
    DataFrame
        One row per cohort without a missing cell and with ten models or more whose top-1 is known:
        n_models of them, and for each mean the limits over models and over families.
    """
    means = ("on_partial_models", "partial")
    parts = []
    for cohort_id, _, matrix in _matrices(scores):
        known = scores[scores["cohort_id"] == cohort_id].drop_duplicates("model")
        top1 = known.set_index("model")["imagenet_top1"].reindex(matrix.index).to_numpy(float)
        keep = ~np.isnan(top1)
        if keep.sum() < 10 or matrix.isna().any(axis=None):
            continue
        kept = matrix[keep]
        row = {"cohort_id": cohort_id, "n_models": len(kept)}
        for name, blocks in (("boot", None), ("family_boot", _families(known, kept))):
            weights = resample_counts(len(kept), N_PARTIAL_RESAMPLES, SEED, blocks)
            drawn = agreement.bootstrap_mean_partial_spearman(kept.to_numpy(), top1[keep], weights)
            for mean, values in zip(means, drawn, strict=True):
                limits = np.nanquantile(values, [0.025, 0.975])
                row[f"{mean}_{name}_low"], row[f"{mean}_{name}_high"] = limits
        parts.append(pd.DataFrame([row]))
    limits = [
        f"{mean}_{name}_{side}"
        for mean in means
        for name in ("boot", "family_boot")
        for side in ("low", "high")
    ]
    return _gathered(
        parts, {"cohort_id": "str", "n_models": "int64"} | dict.fromkeys(limits, "float64")
    )


def change_frame(scores: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Interval of the difference of the mean Spearman of two complete cohorts.

    Parameters
    ----------
    scores : DataFrame
        Scores at level leaf with family.
    changes : DataFrame
        Columns step, previous_cohort_id, cohort_id.

    Returns
    -------
    DataFrame
        One row per step: n_shared_models, and limits of the second mean minus the first, over
        models and over families. Models of both cohorts are resampled together, so that a shared
        model is drawn as often on both sides; cohorts that share none are resampled apart.
    """
    matrices = {cohort: matrix for cohort, _, matrix in _matrices(scores)}
    parts = []
    for change in changes.sort_values("step").itertuples():
        ids = [change.previous_cohort_id, change.cohort_id]
        sides = [
            matrices[c] for c in ids if c in matrices and not matrices[c].isna().any(axis=None)
        ]
        if len(sides) < 2:
            continue
        shared = sides[0].index.intersection(sides[1].index)
        both = sides[0].index.union(sides[1].index).to_frame()
        families = _families(scores[scores["cohort_id"].isin(ids)], both)
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
                if not shared.empty:
                    weights = np.ascontiguousarray(weights[:, place])
                drawn.append(agreement.bootstrap_mean_spearman(side.to_numpy(), weights))
            limits = np.nanquantile(drawn[1] - drawn[0], [0.025, 0.975])
            row[f"{name}_low"], row[f"{name}_high"] = limits
        parts.append(pd.DataFrame([row]))
    columns = {"step": "int64", "n_shared_models": "int64"}
    limits = ("boot_low", "boot_high", "family_boot_low", "family_boot_high")
    return _gathered(parts, columns | dict.fromkeys(limits, "float64"))


def dimensions_frame(scores: pd.DataFrame, n_components: int = 10) -> pd.DataFrame:
    """Loadings and eigenvalues of the leading components of complete cohorts, leaf level."""
    parts = []
    for cohort_id, _, matrix in _matrices(scores):
        if matrix.isna().any(axis=None) or (matrix.nunique() < 2).any():
            continue
        values, loadings, threshold = agreement.principal_components(matrix.to_numpy(), seed=SEED)
        for component in range(min(n_components, len(values))):
            parts.append(
                pd.DataFrame(
                    {
                        "cohort_id": cohort_id,
                        "component": component + 1,
                        "eigenvalue": values[component],
                        "explained_share": values[component] / len(values),
                        "parallel_threshold": threshold[component],
                        "benchmark_id": matrix.columns,
                        "loading": loadings[:, component],
                    }
                )
            )
    return _gathered(
        parts,
        {
            "cohort_id": "str",
            "component": "int64",
            "eigenvalue": "float64",
            "explained_share": "float64",
            "parallel_threshold": "float64",
            "benchmark_id": "str",
            "loading": "float64",
        },
    )


def cluster_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Place of each benchmark when similar ones stand side by side, per cohort and level."""
    parts = []
    for cohort_id, level, matrix in _matrices(scores):
        order = agreement.cluster_order(correlation.pairwise_spearman(matrix.to_numpy())[0])
        place = np.empty(len(order), int)
        place[order] = np.arange(1, len(order) + 1)
        parts.append(
            pd.DataFrame(
                {
                    "cohort_id": cohort_id,
                    "level": level,
                    "benchmark_id": matrix.columns,
                    "cluster_place": place,
                }
            )
        )
    return _gathered(
        parts,
        {
            "cohort_id": "str",
            "level": "str",
            "benchmark_id": "str",
            "cluster_place": "int64",
        },
    )


def sensitivity_frame(
    scores: pd.DataFrame, floors: tuple[float, ...], shares: tuple[float, ...]
) -> pd.DataFrame:
    """Mean Spearman of the open cohorts as the accuracy floor or the completeness demanded rises.

    Parameters
    ----------
    scores : DataFrame
        Leaf scores of cohorts with missing cells, with imagenet_top1 per model.
    floors : tuple of float
        Models with a known top-1 at or below the floor leave; an unknown one stays.
    shares : tuple of float
        Models with a smaller share of the benchmarks scored leave.

    Returns
    -------
    DataFrame
        cohort_id, axis (accuracy_floor or completeness), value, n_models, mean_estimate,
        min_pair_models. Pairwise deletion.
    """
    parts = []
    for cohort_id, _, matrix in _matrices(scores):
        known = scores[scores["cohort_id"] == cohort_id].drop_duplicates("model")
        top1 = known.set_index("model")["imagenet_top1"].reindex(matrix.index).to_numpy(float)
        present = matrix.notna().to_numpy().mean(1)
        rules = [("accuracy_floor", f, ~(top1 <= f)) for f in floors]
        rules += [("completeness", s, present >= s - 1e-12) for s in shares]
        for axis, value, keep in rules:
            if keep.sum() < 10:
                continue
            estimate, shared = correlation.pairwise_spearman(matrix.to_numpy()[keep])
            above = np.triu_indices(len(estimate), 1)
            parts.append(
                pd.DataFrame(
                    [
                        {
                            "cohort_id": cohort_id,
                            "axis": axis,
                            "value": value,
                            "n_models": int(keep.sum()),
                            "mean_estimate": correlation.mean_off_diagonal(estimate),
                            "min_pair_models": int(shared[above].min()),
                        }
                    ]
                )
            )
    return _gathered(
        parts,
        {
            "cohort_id": "str",
            "axis": "str",
            "value": "float64",
            "n_models": "int64",
            "mean_estimate": "float64",
            "min_pair_models": "int64",
        },
    )


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
        matrix = part.pivot(index="model", columns="benchmark_id", values="score_directed")
        matrix = matrix.sort_index().sort_index(axis=1).astype(float)
        source = part.drop_duplicates("benchmark_id").set_index("benchmark_id")["source_id"]
        source = source.reindex(matrix.columns).to_numpy(object)
        estimate, shared = correlation.pairwise_spearman(matrix.to_numpy())
        pairs, above = _pairs(matrix)
        keep = (source[above[0]] != source[above[1]]) & (shared[above] >= 4)
        pairs = pairs.assign(
            confidence=confidence,
            source_a=source[above[0]],
            source_b=source[above[1]],
            n_models=shared[above],
            estimate=estimate[above],
        )
        parts.append(pairs[keep])
    return _gathered(
        parts,
        {
            "confidence": "str",
            "benchmark_a": "str",
            "benchmark_b": "str",
            "source_a": "str",
            "source_b": "str",
            "n_models": "int64",
            "estimate": "float64",
        },
    )
