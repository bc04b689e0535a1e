"""What the policies for missing cells make of correlations and of the headline measures.

``cells`` are those of ``int_policy_cells_filled``: cohort_id, policy, source_model_key, variant_id,
benchmark_id, score and is_filled. A policy that leaves a cell out has no row for it.
"""

import numpy as np
import pandas as pd

from compute.stats.correlation import correlation_p_value, pairwise_pearson, pairwise_spearman
from compute.stats.frames.tables import pairs_of, table
from compute.stats.missing import MEASURES, PARTS, Layout, averages, policy_measures
from compute.stats.resampling import percentile_interval, resample_counts

N_RESAMPLES = 500
SEED = 1
MIN_MODELS = 3
ODD_ONE_OUT = "Hebart2023-match"

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
        p_value of the Spearman. NaN where fewer than three models are shared.
    """
    parts = []
    for (cohort_id, policy), group in cells.groupby(list(_KEY), sort=True):
        wide = group.pivot(index=_MODEL, columns="benchmark_id", values="score").sort_index(axis=1)
        pairs, above = pairs_of(wide)
        spearman, shared = pairwise_spearman(wide)
        estimates = np.array([spearman[above], pairwise_pearson(wide)[above]])
        estimates[:, shared[above] < MIN_MODELS] = np.nan
        found = {"n_models": shared[above], "spearman": estimates[0], "pearson": estimates[1]}
        p_value = correlation_p_value(estimates[0], shared[above])
        parts.append(pairs.assign(cohort_id=cohort_id, policy=policy, **found, p_value=p_value))
    columns = _KEY | {"benchmark_a": "str", "benchmark_b": "str", "n_models": "int64"}
    return table(parts, columns | dict.fromkeys(("spearman", "pearson", "p_value"), "float64"))


def measure_frame(
    cells: pd.DataFrame,
    weights: pd.DataFrame,
    benchmarks: pd.DataFrame,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> pd.DataFrame:
    """Each measure under each policy, with its percentile bootstrap interval over models.

    Parameters
    ----------
    cells : DataFrame
        Every model of a cohort stands under the policy zero.
    weights : DataFrame
        ``int_cohort_benchmarks_weighted``: cohort_id, ancestor_id, leaf_id, weight.
    benchmarks : DataFrame
        benchmark_id and dataset.
    n_resamples, seed : int
        The policies of a cohort see the same resamples of all its models.

    Returns
    -------
    DataFrame
        cohort_id, policy, measure, value, ci_low, ci_high, n_resamples (those in which the measure
        is defined). Measures that are not defined on the cohort itself have no row.
    """
    columns = _KEY | {"measure": "str"} | dict.fromkeys(("value", "ci_low", "ci_high"), "float64")
    columns |= {"n_resamples": "int64"}
    rows = []
    for cohort_id, group in cells.groupby("cohort_id", sort=True):
        models, names = _models(group), pd.Index(sorted(group["benchmark_id"].unique()))
        layout = _layout(weights[weights["cohort_id"] == cohort_id], benchmarks, names)
        wide = {
            policy: {
                column: part.pivot(index=_MODEL, columns="benchmark_id", values=column).reindex(
                    index=models, columns=names
                )
                for column in ("score", "is_filled")
            }
            for policy, part in group.groupby("policy", sort=True)
        }
        reference = averages(wide["zero"]["score"].to_numpy(float), layout.weights)[:, -1]
        drawn = resample_counts(len(models), n_resamples, seed)
        drawn = np.vstack([np.ones(len(models), drawn.dtype), drawn])
        for policy, part in wide.items():
            values = policy_measures(
                part["score"].to_numpy(float),
                part["is_filled"].eq(True).to_numpy(),
                reference,
                layout,
                drawn,
                FILLS.get(policy),
            )
            low, high = percentile_interval(values[1:].T)
            found = zip(MEASURES, values[0], low, high, strict=True)
            for at, (measure, value, low_limit, high_limit) in enumerate(found):
                n_defined = int((~np.isnan(values[1:, at])).sum())
                if not np.isnan(value) and n_defined:
                    row = (cohort_id, policy, measure, value, low_limit, high_limit, n_defined)
                    rows.append(dict(zip(columns, row, strict=True)))
    return table(rows, columns)


def _models(cells: pd.DataFrame) -> pd.MultiIndex:
    """Models of a cohort, lowest number first: of equals that one leads."""
    models = cells.loc[cells["policy"] == "zero", _MODEL].drop_duplicates()
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
