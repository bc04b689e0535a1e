"""Measures that decide a conclusion, under each policy, with limits over families or datasets."""

from compute.stats.frames.missing import measure_frame
from warehouse.memo import remembered


def model(dbt, session):
    filled = dbt.ref("int_policy_cells_filled")
    zeros = filled.filter("policy = 'zero'").project("* exclude (policy, is_filled)")
    weights = dbt.ref("int_cohort_benchmarks_weighted")
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset")
    return remembered(measure_frame, filled, zeros, weights, benchmarks, by="policy")
