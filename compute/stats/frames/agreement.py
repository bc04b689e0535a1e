"""Agreement between the benchmarks of a cohort, its uncertainty, and its dimensions.

``scores`` have one row per cohort, level, model and benchmark: cohort_id, level, model,
benchmark_id, score_directed; family and imagenet_top1 of the model where they matter.
"""

import numpy as np
import pandas as pd

from compute.stats import agreement, clusters, correlation, kendall
from compute.stats.budget import n_resamples
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

N_COMPONENTS = 10
N_DRAWS = 1_000
"""Of parallel analysis."""
SEED = 20_240_713

FLOORS = (0.0, 0.019, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75)
"""Accuracy floors that :func:`sensitivity_frame` tries."""

SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the benchmarks that a model must have there."""

MIN_MODELS = 10
"""Fewer models are not summarised again, nor do they compare two sources."""

_NAIVE = ("ci_low_naive", "ci_high_naive", "p_value_naive")
_PARTIAL = tuple(f"partial_{name}" for name in ("ci_low", "ci_high", "p_value"))


def correlation_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman, Pearson and Kendall of every pair of benchmarks.

    Parameters
    ----------
    scores : DataFrame
        With the model's family and imagenet_top1_measured; without the latter nothing is held
        fixed.

    Returns
    -------
    DataFrame
        One row per cohort, level, method and pair that shares a model: n_models, n_families and
        effective_families of those models; estimate; ci_low, ci_high, p_value, error and df, which
        allow for families (:func:`compute.stats.clusters.correlation_inference`); and what would
        hold if models were unrelated (``*_naive``: Fisher for Pearson, Bonett–Wright for Spearman,
        Fieller for Kendall's τ-b). For Spearman also estimate_partial with the measured ImageNet
        top-1 held fixed, its limits and p-value, the n_partial models that have all three, and the
        plain estimate over the models whose top-1 was measured.
    """
    parts = []
    for cohort_id, level, matrix in matrices(scores):
        here = scores[scores["cohort_id"] == cohort_id]
        pairs, above = pairs_of(matrix)
        values, families = matrix.to_numpy(), families_of(here, matrix)
        counts = _counts(clusters.shared_members(values, families)[:, *above])
        groups = clusters.left_out(families, len(values) * len(pairs))
        members = clusters.shared_members(values, groups)[:, *above]
        pairs = pairs.assign(cohort_id=cohort_id, level=level, **counts)
        n = pairs["n_models"].to_numpy()
        tau, _, tau_p, tau_without = kendall.kendall_by_family(values, groups)
        estimates = {
            "spearman": (spearman_of(values), clusters.without_each(values, groups, spearman_of)),
            "pearson": (
                correlation.pairwise_pearson(values),
                clusters.without_each(values, groups, correlation.pairwise_pearson),
            ),
            "kendall": (tau, tau_without),
        }
        for method, (whole, without) in estimates.items():
            estimate = whole[above]
            found = clusters.correlation_inference(estimate, without[:, *above], members > 0)
            is_kendall = method == "kendall"
            p = tau_p[above] if is_kendall else correlation.correlation_p_value(estimate, n)
            naive = (*correlation.correlation_interval(estimate, n, method), p)
            part = pairs.assign(method=method, estimate=estimate, **found._asdict())
            part = part.assign(**dict(zip(_NAIVE, naive, strict=True)))
            if method == "spearman" and "imagenet_top1_measured" in scores:
                part = part.assign(**_with_top1_fixed(here, matrix, above))
            parts.append(part[n > 0])
    columns = PAIR | {"method": "str", "n_models": "int64", "n_families": "int64"}
    numbers = ("effective_families", "estimate", *clusters.Correlation._fields, *_NAIVE)
    numbers += ("estimate_partial", *_PARTIAL, "estimate_on_partial_models")
    return table(parts, columns | dict.fromkeys(numbers, "float64") | {"n_partial": "Int64"})


def spearman_of(values: np.ndarray) -> np.ndarray:
    """Spearman of every pair of columns over the rows that both have."""
    return correlation.pairwise_spearman(values)[0]


def _counts(members: np.ndarray) -> dict[str, np.ndarray]:
    """Models, families and Kish's number of families of every pair, from models by family."""
    n = members.sum(0)
    effective = n**2 / np.maximum((members**2).sum(0), 1)
    return {"n_models": n, "n_families": (members > 0).sum(0), "effective_families": effective}


def _with_top1_fixed(
    scores: pd.DataFrame, matrix: pd.DataFrame, above: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    top1 = of_models(scores, matrix, "imagenet_top1_measured").astype(float)
    known = ~np.isnan(top1)
    kept, held = matrix.to_numpy()[known], top1[known]
    groups = clusters.left_out(families_of(scores, matrix)[known], len(kept) * len(above[0]))

    def partial_of(rows: np.ndarray) -> np.ndarray:
        return correlation.partial_spearman(rows[:, :-1], rows[:, -1])[0]

    if not known.any():
        return {"n_partial": np.zeros(len(above[0]))}
    estimate, n_models = correlation.partial_spearman(kept, held)
    without = clusters.without_each(np.column_stack([kept, held]), groups, partial_of)
    members = clusters.shared_members(kept, groups)[:, *above]
    found = clusters.correlation_inference(
        estimate[above], without.reshape(-1, *estimate.shape)[:, *above], members > 0
    )
    plain = spearman_of(kept)
    plain[np.isnan(estimate)] = np.nan
    return {
        "estimate_partial": estimate[above],
        **dict(zip(_PARTIAL, found[:3], strict=True)),
        "n_partial": n_models[above],
        "estimate_on_partial_models": plain[above],
    }


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
            n_draws = n_resamples(N_DRAWS, matrix.size * (matrix.shape[1] - 1) // 2)
            known[key] = agreement.principal_components(matrix.to_numpy(), n_draws, seed=SEED)
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
        confidence, source_id, model, family, benchmark_id, score_directed; one score per model
        and benchmark.

    Returns
    -------
    DataFrame
        One row per confidence and pair of benchmarks from two sources that share ten models or
        more, with limits and p-value that allow for families, as in :func:`correlation_frame`.
    """
    parts = []
    for confidence, part in scores.groupby("confidence", sort=True):
        matrix = matrix_of(part)
        source = part.drop_duplicates("benchmark_id").set_index("benchmark_id")["source_id"]
        source = source.reindex(matrix.columns).to_numpy(object)
        values, families = matrix.to_numpy(), families_of(part, matrix)
        pairs, above = pairs_of(matrix)
        members = clusters.shared_members(values, families)
        asked = (source[:, None] != source) & (members.sum(0) >= MIN_MODELS)
        counts = _counts(members[:, *above])
        groups = clusters.left_out(families, len(values) * int(asked[above].sum()))
        members = clusters.shared_members(values, groups)[:, *above]

        def estimated(rows: np.ndarray, asked: np.ndarray = asked) -> np.ndarray:
            return correlation.pairwise_spearman(rows, asked)[0]

        estimate = estimated(values)[above]
        without = clusters.without_each(values, groups, estimated)[:, *above]
        found = clusters.correlation_inference(estimate, without, members > 0)
        pairs = pairs.assign(
            confidence=confidence,
            source_a=source[above[0]],
            source_b=source[above[1]],
            estimate=estimate,
            **counts,
            **found._asdict(),
        )
        parts.append(pairs[asked[above]])
    texts = ("confidence", "benchmark_a", "benchmark_b", "source_a", "source_b")
    columns = dict.fromkeys(texts, "str") | {"n_models": "int64", "n_families": "int64"}
    numbers = ("effective_families", "estimate", "ci_low", "ci_high", "p_value")
    return table(parts, columns | dict.fromkeys(numbers, "float64"))


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
        error and df of the median pair, the critical correlation at these with Bonferroni over the
        pairs and without, and (minimum_detectable_naive) what it would be for unrelated models.
    """
    key = dict.fromkeys(("cohort_id", "level", "method"), "str")
    tested = correlations[correlations["method"] != "kendall"]
    found = tested.groupby(list(key), as_index=False).agg(
        n_models=("n_models", "min"),
        n_tests=("p_value", "count"),
        error=("error", "median"),
        df=("df", "median"),
    )
    n, m = found["n_models"].to_numpy(float), found["n_tests"].to_numpy(float)
    error, df = found["error"], found["df"]
    found["minimum_detectable"] = clusters.minimum_detectable(error, df, m)
    found["minimum_detectable_single"] = clusters.minimum_detectable(error, df, 1)
    found["minimum_detectable_naive"] = correlation.minimum_detectable(n, m)
    columns = key | {"n_models": "int64", "n_tests": "int64"}
    numbers = [name for name in found if name not in columns]
    return table([found], columns | dict.fromkeys(numbers, "float64"))
