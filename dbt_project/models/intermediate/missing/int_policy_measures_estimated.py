"""Measures that decide a conclusion, under each policy, with limits over families or datasets."""

from compute.stats.frames.missing import measure_frame
from warehouse.memo import remembered


def model(dbt, session):
    filled = dbt.ref("int_policy_cells_filled")
    zeros = filled.filter("policy = 'zero'").project("* exclude (policy, is_filled)").df()
    weights = dbt.ref("int_cohort_benchmarks_weighted").df()
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset").df()
    return remembered(measure_frame, filled.df(), zeros, weights, benchmarks, by="policy")
