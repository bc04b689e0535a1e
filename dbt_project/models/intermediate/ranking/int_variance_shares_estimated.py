"""Shares of the variance of an aggregate that its parts account for (Shapley is not for SQL)."""

import pandas as pd

from compute.stats.aggregation import variance_shares

COLUMNS = ["cohort_id", "level", "whole", "part", "weight", "r_squared", "covariance_share"]
COLUMNS += ["shapley_share", "method", "n_models"]


def model(dbt, session):
    dbt.config(materialized="table")
    parts = dbt.ref("int_variance_parts_weighted").df()
    tables = [pd.DataFrame(columns=COLUMNS, dtype=float)]
    for (cohort_id, level, whole), rows in parts.groupby(["cohort_id", "level", "whole"]):
        models = ["source_model_key", "variant_id"]
        wide = rows.pivot(index=models, columns="part", values="score_directed")
        weight = rows.groupby("part")["weight"].first()[wide.columns].to_numpy()
        table = pd.DataFrame({"part": wide.columns, **variance_shares(wide.to_numpy(), weight)})
        table = table.assign(cohort_id=cohort_id, level=level, whole=whole, weight=weight)
        tables.append(table[COLUMNS])
    return pd.concat(tables[1:] or tables)
