"""Models ranked under every scheme, with bootstrap intervals: resampling is not for SQL."""

import pandas as pd

from compute.stats.aggregation import COLUMNS, rankings

KEY = ["source_model_key", "variant_id"]


def model(dbt, session):
    dbt.config(materialized="table")
    scores = dbt.ref("int_cohort_scores_levelled").filter("level != 'group'").df()
    tables = [pd.DataFrame(columns=["cohort_id", "level", "scheme", *KEY, *COLUMNS], dtype=float)]
    for (cohort_id, level), rows in scores.groupby(["cohort_id", "level"]):
        wide = rows.pivot(index=KEY, columns="benchmark_id", values="score_directed")
        for scheme, columns in rankings(wide.to_numpy()).items():
            table = pd.DataFrame(columns, index=wide.index).reset_index()
            tables.append(table.assign(cohort_id=cohort_id, level=level, scheme=scheme))
    return pd.concat(tables[1:] or tables)
