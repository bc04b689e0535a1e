"""Measures that decide a conclusion, under each policy, with limits over families or datasets."""

from compute.stats.frames.missing import measure_frame
from warehouse.memo import remembered


def model(dbt, session):
    cells = dbt.ref("int_policy_cells_filled").df()
    weights = dbt.ref("int_cohort_benchmarks_weighted").df()
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset").df()
    return remembered(measure_frame, cells, weights, benchmarks)
