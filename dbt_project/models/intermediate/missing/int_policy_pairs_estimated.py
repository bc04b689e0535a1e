"""Spearman and Pearson of every pair of benchmarks under each policy for missing cells."""

import pandas as pd

from compute.stats.missing import correlation_pairs
from compute.stats.correlation import correlation_p_value

PAIR = ["benchmark_a", "benchmark_b", "n_models", "spearman", "pearson"]


def model(dbt, session):
    dbt.config(materialized="table")
    cells, found = dbt.ref("int_policy_cells_filled").df(), []
    for (cohort_id, policy), group in cells.groupby(["cohort_id", "policy"]):
        wide = group.pivot(
            index=["source_model_key", "variant_id"], columns="benchmark_id", values="score"
        )
        pairs = pd.DataFrame(dict(zip(PAIR, correlation_pairs(wide, wide.columns), strict=True)))
        found.append(pairs.assign(cohort_id=cohort_id, policy=policy))
    pairs = pd.concat(found) if found else pd.DataFrame(columns=[*PAIR, "cohort_id", "policy"])
    return pairs.assign(p_value=correlation_p_value(pairs["spearman"], pairs["n_models"]))
