"""Rank correlations of every scheme with the arithmetic mean: Kendall's tau is not for SQL."""

import pandas as pd

COLUMNS = ["cohort_id", "level", "scheme", "spearman", "kendall"]


def model(dbt, session):
    dbt.config(materialized="table")
    ranks = dbt.ref("int_model_rankings_resampled").df()
    tables = [pd.DataFrame(columns=COLUMNS, dtype=float)]
    for (cohort_id, level), rows in ranks.groupby(["cohort_id", "level"]):
        models = ["source_model_key", "variant_id"]
        wide = rows.pivot(index=models, columns="scheme", values="score_rank")
        table = pd.DataFrame({"cohort_id": cohort_id, "level": level}, index=wide.columns)
        for method in ("spearman", "kendall"):
            table[method] = wide.corrwith(wide["arithmetic_mean"], method=method)
        tables.append(table.rename_axis("scheme").reset_index())
    return pd.concat(tables[1:] or tables)[COLUMNS]
