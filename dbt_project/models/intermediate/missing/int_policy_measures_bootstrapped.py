"""The measures that decide a conclusion, under each policy, with bootstrap intervals over models."""

from compute.stats.frames.missing import measure_frame


def model(dbt, session):
    dbt.config(materialized="table")
    cells = dbt.ref("int_policy_cells_filled").df()
    weights = dbt.ref("int_cohort_benchmarks_weighted").df()
    return measure_frame(cells, weights, dbt.ref("benchmarks").project("benchmark_id, dataset").df())
