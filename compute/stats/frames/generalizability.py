"""Variance components of each cohort's scores, and how far its ranking generalizes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from compute.stats import clusters
from compute.stats.frames.tables import datasets_of, is_complete, table, with_families
from compute.stats.generalizability import (
    COMPONENTS,
    MIN_TO_FIT,
    Average,
    Design,
    coefficient,
    fit,
    standardised,
)
from compute.stats.ranks import Floats

AVERAGES = ("leaves", "hierarchy", "datasets", "one_dataset")
OVER = ("datasets", "modalities")
_PLAIN = len(COMPONENTS)
"""The first quantities are shares of a variance, which can be 0; the rest have a logit."""


def quantities() -> list[tuple[str, str]]:
    """What is estimated of each cohort, in order: a name, and what it generalizes over.

    Shares of the components in the variance of a score come first. Then the coefficient of
    averages: *leaves*, all benchmarks alike; *hierarchy*, weighted as the source does; *datasets*,
    modalities alike and in each its datasets alike; *one_dataset*, one dataset of each modality,
    with as many benchmarks as is usual (harmonic mean).
    """
    return [(name, "") for name in COMPONENTS] + [(a, over) for a in AVERAGES for over in OVER]


def _estimates(
    scores: Floats, design: Design, weights: Floats, start: Floats | None = None
) -> tuple[Floats, Floats]:
    """All quantities of one matrix of scores, and the variances behind them."""
    variances = fit(standardised(scores), design, start).variances
    n, n_leaves = design.modality.max() + 1, np.bincount(design.dataset)
    averages = (
        Average.of(np.ones(len(weights)), design),
        Average.of(weights, design),
        Average.of(design.alike, design),
        Average(1 / n, 1 / n, 1 / n * np.mean(1 / n_leaves)),
    )
    found = [
        coefficient(variances, average, over_modalities=over == "modalities")
        for average in averages
        for over in OVER
    ]
    return np.array([*variances / variances.sum(), *found]), variances


def _scaled(found: Floats) -> Floats:
    """Shares as they are, coefficients by their logit; NaN where that is not finite."""
    found = np.array(found, float)
    inner = found[..., _PLAIN:]
    inside = (inner > 1e-6) & (inner < 1 - 1e-6)
    found[..., _PLAIN:] = logit(np.where(inside, inner, np.nan))
    return found


def _limits(
    whole: Floats, by_family: Floats, by_dataset: Floats, n_families: float, n_datasets: int
) -> Floats:
    """95 % limits over families, over datasets and over both, as ``clusters.LIMITS``."""
    centre, without_family, without_dataset = map(_scaled, (whole, by_family, by_dataset))
    families = clusters.effective_interval(centre, without_family, n_families)
    datasets = clusters.interval(centre, clusters.jackknife_error(without_dataset))
    found = clusters.crossed_limits(centre, families, datasets, n_datasets)
    found[:, :_PLAIN] = np.clip(found[:, :_PLAIN], 0, 1)
    found[:, _PLAIN:] = expit(found[:, _PLAIN:])
    return found


def generalizability(
    scores: Floats, families: NDArray, datasets: NDArray, modalities: NDArray, weights: Floats
) -> pd.DataFrame:
    """Variance components and coefficients of one matrix of scores, with their limits.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_benchmarks)
        Higher is better; no NaN.
    families : ndarray of str, shape (n_models,)
        Architecture family of each model.
    datasets, modalities : ndarray of str, shape (n_benchmarks,)
        A dataset that stands in two modalities counts as two.
    weights : ndarray, shape (n_benchmarks,)
        Of each benchmark in the source's own average; NaN where it has none.

    Returns
    -------
    DataFrame
        One row per quantity (:func:`quantities`): quantity, over, estimate, and 95 % limits over
        families, over datasets and over both, by the jackknife: of shares as they are, of
        coefficients by their logit. NaN where an estimate without some family or dataset is 0 or 1,
        or cannot be made. The average of a source that does not weight every benchmark has no row.
    """
    datasets = np.char.add(np.char.add(datasets.astype(str), " "), modalities.astype(str))
    whole, start = _estimates(scores, Design.of(families, datasets, modalities), weights)

    def again(models: NDArray, leaves: NDArray) -> Floats:
        design = Design.of(families[models], datasets[leaves], modalities[leaves])
        return _estimates(scores[np.ix_(models, leaves)], design, weights[leaves], start)[0]

    every_model, every_leaf = (np.ones(n, bool) for n in scores.shape)
    found = pd.DataFrame(quantities(), columns=["quantity", "over"]).assign(estimate=whole)
    found[clusters.LIMITS] = _limits(
        whole,
        np.array([again(families != name, every_leaf) for name in np.unique(families)]),
        np.array([again(every_model, datasets != name) for name in np.unique(datasets)]),
        clusters.effective_number(families),
        len(np.unique(datasets)),
    ).T
    return found.dropna(subset="estimate")


def generalizability_frame(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, weights: pd.DataFrame
) -> pd.DataFrame:
    """Variance components and coefficients of every cohort without missing scores.

    Parameters
    ----------
    leaves : DataFrame
        One row per cohort, model and benchmark: cohort_id, level, model, benchmark_id,
        score_directed and family.
    benchmarks : DataFrame
        benchmark_id, dataset, modality.
    weights : DataFrame
        cohort_id, leaf_id, weight: the weight of each benchmark in the source's own average.

    Returns
    -------
    DataFrame
        The rows of :func:`generalizability` with cohort_id, and n_models, n_families, n_datasets,
        n_modalities and n_benchmarks. Left out are cohorts with missing scores, and those of fewer
        than three datasets or families.
    """
    parts, dataset_of = [], datasets_of(benchmarks)
    modality_of = benchmarks.set_index("benchmark_id")["modality"]
    for cohort_id, matrix, families in with_families(leaves):
        datasets = dataset_of[matrix.columns].to_numpy(str)
        modalities = modality_of[matrix.columns].fillna("").to_numpy(str)
        n_datasets = len(set(zip(datasets, modalities, strict=True)))
        n_families = len(np.unique(families))
        if min(n_datasets, n_families) < MIN_TO_FIT or not is_complete(matrix):
            continue
        own = weights[weights["cohort_id"] == cohort_id].set_index("leaf_id")["weight"]
        found = generalizability(
            matrix.to_numpy(),
            families,
            datasets,
            modalities,
            own.reindex(matrix.columns).to_numpy(float),
        )
        parts.append(
            found.assign(
                cohort_id=cohort_id,
                n_models=len(matrix),
                n_families=n_families,
                n_datasets=n_datasets,
                n_modalities=len(set(modalities)),
                n_benchmarks=matrix.shape[1],
            )
        )
    counts = ("n_models", "n_families", "n_datasets", "n_modalities", "n_benchmarks")
    columns = dict.fromkeys(("cohort_id", "quantity", "over"), "str")
    columns |= dict.fromkeys(("estimate", *clusters.LIMITS), "float64") | dict.fromkeys(
        counts, "Int64"
    )
    return table(parts, columns)
