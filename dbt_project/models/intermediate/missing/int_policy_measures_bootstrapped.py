"""The measures that decide a conclusion, under each policy, with bootstrap intervals over models."""

from compute.stats.policies import measures_frame
from warehouse.memo import remembered


def model(dbt, session):
    dbt.config(materialized="table")
    return remembered(
        measures_frame,
        dbt.ref("int_policy_cells_filled").df(),
        dbt.ref("int_cohort_benchmarks_weighted").df(),
        dbt.ref("benchmarks").df(),
    )
