"""What explains that two benchmarks agree: regressions of pairs, of each cohort."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compute.stats import clusters, dyads
from compute.stats.frames.agreement import spearman_of
from compute.stats.frames.tables import datasets_of, table, with_families
from compute.stats.ranks import Floats

SHARED = ("metric_type", "region", "dataset", "species", "acquisition", "modality")
"""What two benchmarks can share, in the order in which predictors that say the same are kept."""
MIN_BENCHMARKS = 15
_KINDS = ("plain", "pooled")
_VARIANCES = ("variance_benchmark", "variance_dataset", "variance_rest")
_LIMITS = [f"{kind}_ci_{side}" for kind in _KINDS for side in ("low", "high")]


def _predictors(benchmarks: pd.DataFrame, reliability: Floats | None) -> tuple[list[str], Floats]:
    """Whether each pair shares each attribute, and √ of the product of reliabilities."""
    names, found = list(SHARED), []
    for name in SHARED:
        values = benchmarks[name].fillna("").to_numpy(str)
        found.append((values[:, None] == values) & (values != ""))
    if reliability is not None:
        names.append("reliability")
        found.append(np.sqrt(np.outer(reliability, reliability)))
    return names, np.array(found, float)


def _coefficients(
    scores: Floats, predictors: Floats, groups: NDArray, kept: NDArray, start: dyads.Pooled
) -> Floats:
    """Plain and pooled coefficients, two rows; NaN where nothing identifies a predictor here."""
    found = np.full((2, len(predictors)), np.nan)
    design = dyads.dyads_of(spearman_of(scores), predictors)
    here = kept & _varies(design, kept)
    if here.any():
        design = design._replace(x=design.x[:, here])
        groups = np.unique(groups, return_inverse=True)[1]
        found[0, here] = dyads.least_squares(design)[0]
        found[1, here] = dyads.pooled(design, groups, start).coefficients[1:]
    return found


def _varies(design: dyads.Design, kept: NDArray) -> NDArray:
    own = np.zeros(len(kept), bool)
    own[np.flatnonzero(kept)] = dyads.identified(design.x[:, kept])
    return own


def explained(
    scores: Floats,
    families: NDArray,
    benchmarks: pd.DataFrame,
    reliability: Floats | None = None,
) -> pd.DataFrame:
    """What explains the agreement of two benchmarks of one matrix of scores.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_benchmarks)
        NaN where a score is missing.
    families : ndarray of str, shape (n_models,)
        Architecture family of each model.
    benchmarks : DataFrame, n_benchmarks rows
        The columns of ``SHARED``; an attribute that is null is shared with none.
    reliability : ndarray, shape (n_benchmarks,), optional
        A further predictor.

    Returns
    -------
    DataFrame
        One row per predictor: is_identified (it varies, and not only as those before it do),
        n_pairs and n_shared of them; plain and pooled coefficients with 95 % limits over families
        and datasets (jackknife, margins added as squares); p_value of the plain one by permutation
        (MRQAP); and of the regression r_squared (plain), r_squared_unseen (predicted without the
        dataset) and the variances of the random effects. Of a predictor that is not identified all
        coefficients are NaN.
    """
    names, predictors = _predictors(benchmarks, reliability)
    datasets, n_cells = benchmarks["dataset"].to_numpy(str), dyads.n_cells(len(benchmarks))
    groups = np.unique(datasets, return_inverse=True)[1]
    response = spearman_of(scores)
    design = dyads.dyads_of(response, predictors)
    kept = dyads.identified(design.x)
    found = pd.DataFrame({"predictor": names, "is_identified": kept, "n_pairs": len(design.y)})
    is_shared = np.array(names) != "reliability"
    found["n_shared"] = np.where(is_shared, (design.x > 0).sum(0), np.nan)
    if not kept.any():
        return found
    own = design._replace(x=design.x[:, kept])
    fitted = dyads.pooled(own, groups)
    plain, r_squared = dyads.least_squares(own)
    whole = np.full((2, len(names)), np.nan)
    whole[:, kept] = plain, fitted.coefficients[1:]
    without_family = clusters.without_each(
        scores,
        clusters.left_out(families, n_cells),
        lambda rows: _coefficients(rows, predictors, groups, kept, fitted),
    )
    without_dataset = []
    left_out = clusters.left_out(datasets, n_cells)
    for name in np.unique(left_out):
        left = left_out != name
        rest = predictors[:, left][:, :, left]
        without_dataset.append(_coefficients(scores[:, left], rest, groups[left], kept, fitted))
    limits = _limits(whole, without_family, np.array(without_dataset))
    found[list(_KINDS)] = whole.T
    found[_LIMITS] = np.concatenate([side for kind in limits for side in kind]).reshape(4, -1).T
    p_values = np.full(len(names), np.nan)
    p_values[kept] = dyads.permuted_p_values(response, predictors[kept])
    return found.assign(
        p_value=p_values,
        r_squared=r_squared,
        r_squared_unseen=dyads.unseen_r_squared(response, predictors, groups),
        **dict(zip(_VARIANCES, fitted.variances, strict=True)),
    )


def _limits(
    whole: Floats, without_family: Floats, without_dataset: Floats
) -> Iterator[tuple[Floats, Floats]]:
    """Limits of plain and of pooled coefficients.

    A dataset without which nothing identifies a coefficient takes no part in its error.
    """
    takes_part = ~np.isnan(without_dataset)
    families = clusters.interval(whole, clusters.jackknife_error(without_family))
    error = clusters.jackknife_error(np.where(takes_part, without_dataset, 0), takes_part)
    low, high = clusters.over_both(whole, families, clusters.interval(whole, error))
    few = takes_part.sum(0) < clusters.MIN_DATASETS_OF_BOTH
    for at in range(len(_KINDS)):
        yield np.where(few[at], np.nan, low[at]), np.where(few[at], np.nan, high[at])


def explained_frame(
    leaves: pd.DataFrame, benchmarks: pd.DataFrame, reliabilities: pd.DataFrame
) -> pd.DataFrame:
    """What explains agreement, of every cohort with enough benchmarks.

    Parameters
    ----------
    leaves : DataFrame
        One row per cohort, model and benchmark: cohort_id, level, model, benchmark_id,
        score_directed and family.
    benchmarks : DataFrame
        benchmark_id and the columns of ``SHARED``.
    reliabilities : DataFrame
        cohort_id, benchmark_id, reliability (null where unknown).

    Returns
    -------
    DataFrame
        The rows of :func:`explained` with cohort_id and ``pairs``: *all*, and *reliable*, those of
        benchmarks whose reliability is known, with it as a predictor. Cohorts of fewer than fifteen
        benchmarks are left out.
    """
    known = benchmarks.set_index("benchmark_id")
    known["dataset"] = datasets_of(benchmarks)
    reliability_of = reliabilities.set_index(["cohort_id", "benchmark_id"])["reliability"]
    parts = []
    for cohort_id, matrix, families in with_families(leaves):
        own = [(cohort_id, benchmark_id) for benchmark_id in matrix.columns]
        reliability = reliability_of.reindex(own).to_numpy(float)
        has = ~np.isnan(reliability)
        about = known.loc[matrix.columns]
        for pairs, there, value in (("all", has | True, None), ("reliable", has, reliability[has])):
            if there.sum() >= MIN_BENCHMARKS:
                found = explained(matrix.to_numpy()[:, there], families, about[there], value)
                parts.append(found.assign(cohort_id=cohort_id, pairs=pairs))
    columns = dict.fromkeys(("cohort_id", "pairs", "predictor"), "str")
    columns |= {"is_identified": "bool", "n_pairs": "Int64", "n_shared": "Int64"}
    numbers = (*_KINDS, *_LIMITS, "p_value", "r_squared", "r_squared_unseen")
    return table(parts, columns | dict.fromkeys((*numbers, *_VARIANCES), "float64"))
