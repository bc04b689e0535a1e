"""What the policies for missing cells make of correlations and of the headline measures.

``cells`` are those of ``int_policy_cells_filled``: cohort_id, policy, source_model_key, variant_id,
family, benchmark_id, score and is_filled. A policy that leaves a cell out has no row for it.
"""

import numpy as np
import pandas as pd

from compute.stats import clusters
from compute.stats.correlation import pairwise_pearson
from compute.stats.frames.agreement import spearman_of
from compute.stats.frames.tables import pairs_of, table
from compute.stats.missing import (
    MEASURES,
    MIN_MODELS,
    PARTS,
    Layout,
    held_out_ranks,
    policy_measures,
)
from compute.stats.ranks import Floats

ODD_ONE_OUT = "Hebart2023-match"
_CORRELATIONS = ("mean_spearman", "neural_with_behaviour")
"""Measures whose limits are taken on Fisher's z."""

FILLS = {"bounds_low": "low", "bounds_high": "high"}
"""Policies that take the value of a missing cell from other models; the others know it before."""

_MODEL = ["source_model_key", "variant_id"]
_KEY = dict.fromkeys(("cohort_id", "policy"), "str")


def policy_pair_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Spearman and Pearson of every pair of benchmarks under each policy.

    Parameters
    ----------
    cells : DataFrame
        As said above.

    Returns
    -------
    DataFrame
        cohort_id, policy, benchmark_a, benchmark_b, n_models, spearman, pearson, and the two-sided
        p_value of the Spearman, which allows for families. NaN where fewer than three models are
        shared.
    """
    parts = []
    for (cohort_id, policy), group in cells.groupby(list(_KEY), sort=True):
        wide = group.pivot(index=_MODEL, columns="benchmark_id", values="score").sort_index(axis=1)
        pairs, above = pairs_of(wide)
        values, families = wide.to_numpy(float), _families(group, wide)
        families = clusters.left_out(families, len(values) * len(pairs))
        members = clusters.shared_members(values, families)[:, *above]
        n = members.sum(0)
        estimates = np.array([spearman_of(values)[above], pairwise_pearson(values)[above]])
        estimates[:, n < MIN_MODELS] = np.nan
        found = {"n_models": n, "spearman": estimates[0], "pearson": estimates[1]}
        without = clusters.without_each(values, families, spearman_of)[:, *above]
        p_value = clusters.correlation_inference(estimates[0], without, members > 0).p_value
        parts.append(pairs.assign(cohort_id=cohort_id, policy=policy, **found, p_value=p_value))
    columns = _KEY | {"benchmark_a": "str", "benchmark_b": "str", "n_models": "int64"}
    return table(parts, columns | dict.fromkeys(("spearman", "pearson", "p_value"), "float64"))


def measure_frame(
    cells: pd.DataFrame, zeros: pd.DataFrame, weights: pd.DataFrame, benchmarks: pd.DataFrame
) -> pd.DataFrame:
    """Each measure under each policy, with its 95 % limits over families or over datasets.

    Parameters
    ----------
    cells : DataFrame
        As said above.
    zeros : DataFrame
        The cells of the policy zero, under which every model of a cohort stands.
    weights : DataFrame
        ``int_cohort_benchmarks_weighted``: cohort_id, ancestor_id, leaf_id, weight.
    benchmarks : DataFrame
        benchmark_id and dataset.

    Returns
    -------
    DataFrame
        cohort_id, policy, measure, value, ci_low, ci_high, method, n_clusters. MEASURES by the
        jackknife over families and Student's t with their effective number − 1 degrees of freedom;
        held_out_rank and held_out_neural_rank, the mean rank of the best model on datasets that
        did not choose it, by Student's t over those datasets. The model of held_out_rank is chosen
        under the policy zero, as Brain-Score does, that of held_out_neural_rank under the policy
        itself. Measures that are not defined have no row.
    """
    columns = _KEY | {"measure": "str"} | dict.fromkeys(("value", "ci_low", "ci_high"), "float64")
    columns |= {"method": "str", "n_clusters": "int64"}
    rows = []
    for cohort_id, group in cells.groupby("cohort_id", sort=True):
        whole = zeros[zeros["cohort_id"] == cohort_id]
        models, names = _models(whole), pd.Index(sorted(whole["benchmark_id"].unique()))
        layout = _layout(weights[weights["cohort_id"] == cohort_id], benchmarks, names)
        families = _families(whole, pd.DataFrame(index=models))

        def wide(part: pd.DataFrame, column: str, models=models, names=names) -> pd.DataFrame:
            found = part.pivot(index=_MODEL, columns="benchmark_id", values=column)
            return found.reindex(index=models, columns=names)

        zero = wide(whole, "score").to_numpy(float)
        for policy, part in group.groupby("policy", sort=True):
            scores = wide(part, "score").to_numpy(float)
            filled = wide(part, "is_filled").eq(True).to_numpy()
            there = ~np.isnan(scores).all(1)
            found = _over_families(
                scores[there], filled[there], families[there], layout, FILLS.get(policy)
            )
            by_dataset = {
                "held_out_rank": held_out_ranks(scores, zero, layout),
                "held_out_neural_rank": held_out_ranks(scores, scores, layout, of_neural=True),
            }
            found |= {measure: _over_datasets(ranks) for measure, ranks in by_dataset.items()}
            for measure, numbers in found.items():
                if not np.isnan(numbers[0]):
                    row = (cohort_id, policy, measure, *numbers)
                    rows.append(dict(zip(columns, row, strict=True)))
    return table(rows, columns)


def _over_families(
    scores: Floats, filled: Floats, families: Floats, layout: Layout, fill: str | None
) -> dict[str, tuple]:
    """Value, limits, method and number of families of each of MEASURES."""

    def measured(rows: Floats) -> Floats:
        return policy_measures(scores[rows], filled[rows], layout, fill)

    rows, (n, k) = np.arange(len(scores)), scores.shape
    families = clusters.left_out(families, n * k * (k - 1) // 2)
    whole, without = measured(rows), clusters.without_each(rows, families, measured)
    at = np.isin(MEASURES, _CORRELATIONS)
    estimate, parts = (np.where(at, clusters.fisher_z(v), v) for v in (whole, without))
    limits = clusters.effective_interval(estimate, parts, clusters.effective_number(families))
    low, high = (np.where(at, np.tanh(limit), limit) for limit in limits)
    about = "jackknife over families", len(without)
    return {m: (*v, *about) for m, *v in zip(MEASURES, whole, low, high, strict=True)}


def _over_datasets(ranks: Floats) -> tuple:
    """Mean rank, its limits by Student's t, method and number of datasets."""
    ranks = ranks[~np.isnan(ranks)]
    about = "datasets held out", len(ranks)
    if len(ranks) < clusters.MIN_DATASETS:
        return (ranks.mean() if len(ranks) else np.nan, np.nan, np.nan, *about)
    error = clusters.Error(ranks.std(ddof=1) / np.sqrt(len(ranks)), len(ranks) - 1)
    low, high = clusters.interval(ranks.mean(), error)
    return ranks.mean(), max(1.0, low), high, *about


def _families(cells: pd.DataFrame, models: pd.DataFrame) -> np.ndarray:
    """Architecture family of each model of an index of keys and variants."""
    of = cells.drop_duplicates(_MODEL).set_index(_MODEL)["family"]
    return of.loc[models.index].to_numpy(str)


def _models(cells: pd.DataFrame) -> pd.MultiIndex:
    """Models of a cohort, lowest number first: of equals that one leads."""
    models = cells[_MODEL].drop_duplicates()
    number = pd.to_numeric(models["source_model_key"], errors="coerce")
    return pd.MultiIndex.from_frame(
        models.assign(number=number).sort_values(["number", *_MODEL])[_MODEL]
    )


def _layout(weights: pd.DataFrame, benchmarks: pd.DataFrame, names: pd.Index) -> Layout:
    share = weights.pivot(index="ancestor_id", columns="leaf_id", values="weight")
    dataset = benchmarks.set_index("benchmark_id")["dataset"].reindex(names)
    return Layout(
        share.reindex(index=PARTS, columns=names).fillna(0).to_numpy(),
        pd.factorize(dataset)[0],
        names.get_loc(ODD_ONE_OUT) if ODD_ONE_OUT in names else -1,
    )
