"""What each reading of "mean rank" gives: its Spearman with the arithmetic mean."""

import pandas as pd

from compute.stats.missing import READING, aggregation_readings

KEY = ["cohort_id", "level", "missing_scores"]


def model(dbt, session):
    dbt.config(materialized="table")
    parts, found = dbt.ref("int_reading_parts_levelled").df(), []
    for key, group in parts.groupby(KEY):
        wide = group.pivot(
            index=["source_model_key", "score_overall"], columns="benchmark_id", values="score"
        )
        readings = aggregation_readings(wide, wide.index.get_level_values("score_overall"))
        found.append(pd.DataFrame(readings).assign(**dict(zip(KEY, key, strict=True))))
    return pd.concat(found) if found else pd.DataFrame(columns=[*READING, *KEY])
