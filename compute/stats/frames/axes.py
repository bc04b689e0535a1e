"""The first axis of each complete cohort, and whether two cohorts have the same one."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compute.stats import clusters, correlation
from compute.stats.axes import congruence, first_axis, shuffled_congruences
from compute.stats.frames.tables import (
    families_of,
    is_complete,
    matrices,
    matrix_of,
    of_models,
    table,
)
from compute.stats.ranks import Floats

MIN_MODELS, MIN_BENCHMARKS = 20, 5
_CORRELATION = ("estimate", "ci_low", "ci_high")


def _inference(one: Floats, other: Floats, families: NDArray) -> dict[str, float]:
    """Spearman of two columns, with limits over families."""
    both = np.column_stack([one, other])

    def estimate(rows: Floats) -> float:
        return correlation.pairwise_spearman(rows)[0][0, 1]

    whole = estimate(both)
    found = clusters.correlation_inference(whole, clusters.without_each(both, families, estimate))
    return dict(zip(_CORRELATION, (whole, found.ci_low, found.ci_high), strict=True))


def _wide(scores: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """Cohort, level, rows and matrix, where the matrix is complete and large enough."""
    for cohort_id, level, matrix in matrices(scores):
        enough = len(matrix) >= MIN_MODELS and matrix.shape[1] >= MIN_BENCHMARKS
        if enough and is_complete(matrix) and (matrix.nunique() > 1).all():
            here = scores[(scores["cohort_id"] == cohort_id) & (scores["level"] == level)]
            yield cohort_id, level, here, matrix


def axis_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """The first axis of every complete cohort, beside ImageNet top-1.

    Parameters
    ----------
    scores : DataFrame
        One row per cohort, level, model and benchmark: score_directed, family,
        imagenet_top1_measured and imagenet_top1_timm.

    Returns
    -------
    DataFrame
        One row per cohort and level: n_models, n_benchmarks, explained_share, n_negative
        (benchmarks that load against the axis), lowest_benchmark_id and its lowest_loading; and the
        Spearman correlation of the models' places with their ImageNet top-1 (timm's for the same
        weights, else measured by Brain-Score), with limits over families and the n_top1 models that
        have one.
    """
    rows = []
    for cohort_id, level, here, matrix in _wide(scores):
        axis, families = first_axis(matrix.to_numpy()), families_of(here, matrix)
        timm, measured = (
            of_models(here, matrix, f"imagenet_top1_{kind}").astype(float)
            for kind in ("timm", "measured")
        )
        top1 = np.where(np.isnan(timm), measured, timm)
        known = ~np.isnan(top1)
        lowest = axis.loadings.argmin()
        row = {
            "cohort_id": cohort_id,
            "level": level,
            "n_models": len(matrix),
            "n_benchmarks": matrix.shape[1],
            "explained_share": axis.explained,
            "n_negative": (axis.loadings < 0).sum(),
            "lowest_benchmark_id": matrix.columns[lowest],
            "lowest_loading": axis.loadings[lowest],
            "n_top1": known.sum(),
        }
        if known.sum() >= MIN_MODELS:
            row |= _inference(axis.scores[known], top1[known], families[known])
        rows.append(row)
    columns = dict.fromkeys(("cohort_id", "level", "lowest_benchmark_id"), "str")
    columns |= dict.fromkeys(("n_models", "n_benchmarks", "n_negative", "n_top1"), "int64")
    numbers = ("explained_share", "lowest_loading", *_CORRELATION)
    return table(rows, columns | dict.fromkeys(numbers, "float64"))


def comparison_frame(scores: pd.DataFrame) -> pd.DataFrame:
    """Whether two cohorts have the same first axis, over the models that both have.

    Parameters
    ----------
    scores : DataFrame
        One row per cohort, model and single benchmark: score_directed, family and model_id, the
        weights behind a name. Scores may be missing.

    Returns
    -------
    DataFrame
        One row per pair of cohorts that share five benchmarks and twenty models with all of these:
        n_models, n_benchmarks, n_families; absolute congruence of the loadings (Tucker), with the
        lowest without any one family, its mean over shuffled benchmarks and the share of these
        that is as high; second_to_first, the larger of both ratios of the second
        eigenvalue to the first (near 1 the first axis may be either of two); and the Spearman
        correlation of the models' places, with limits over families. Of several names of one
        weights the first counts.
    """
    found = {cohort_id: (matrix_of(here), here) for cohort_id, here in scores.groupby("cohort_id")}
    rows = []
    for a, b in combinations(found, 2):
        benchmarks = found[a][0].columns.intersection(found[b][0].columns)
        if len(benchmarks) < MIN_BENCHMARKS:
            continue
        one, other = (_of_weights(*found[name], benchmarks) for name in (a, b))
        models = one.index.intersection(other.index).sort_values()
        both = [part.loc[models].to_numpy() for part in (one, other)]
        if len(models) < MIN_MODELS or any((np.ptp(part, axis=0) == 0).any() for part in both):
            continue
        by_weights = found[a][1].drop_duplicates("model_id").set_index("model_id")
        families = by_weights["family"].reindex(models).to_numpy(str)
        axes = [first_axis(part) for part in both]
        whole = congruence(*(axis.loadings for axis in axes))
        without = [
            abs(congruence(*(first_axis(part[families != name]).loadings for part in both)))
            for name in np.unique(families)
        ]
        shuffled = shuffled_congruences(*(axis.loadings for axis in axes))
        # which end of an axis is up is nobody's finding
        places = axes[0].scores, axes[1].scores * (1 if whole >= 0 else -1)
        rows.append(
            {
                "cohort_a": a,
                "cohort_b": b,
                "n_models": len(models),
                "n_families": len(without),
                "n_benchmarks": len(benchmarks),
                "congruence": abs(whole),
                "min_congruence": min(without),
                "shuffled_congruence": shuffled.mean(),
                # the true order is one of them: equal to the last digit or not
                "shuffled_share": (shuffled >= abs(whole) - 1e-12).mean(),
                "second_to_first": max(axis.second / axis.explained for axis in axes),
                **_inference(*places, families),
            }
        )
    columns = dict.fromkeys(("cohort_a", "cohort_b"), "str")
    columns |= dict.fromkeys(("n_models", "n_families", "n_benchmarks"), "int64")
    numbers = ("congruence", "min_congruence", "shuffled_congruence", "shuffled_share")
    numbers += ("second_to_first", *_CORRELATION)
    return table(rows, columns | dict.fromkeys(numbers, "float64"))


def _of_weights(matrix: pd.DataFrame, here: pd.DataFrame, benchmarks: pd.Index) -> pd.DataFrame:
    """The models that have all of these benchmarks, by the id of their weights."""
    whole = matrix[benchmarks].dropna()
    whole = whole.set_axis(of_models(here, whole, "model_id"))
    return whole[~whole.index.duplicated()]
