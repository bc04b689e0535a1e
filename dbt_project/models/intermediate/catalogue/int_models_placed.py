"""A map of the models of each complete cohort: a decomposition is not for SQL."""

from compute.stats.frames.catalogue import position_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    leaves = leaves.project("cohort_id, level, model, benchmark_id, score_directed").df()
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset").df()
    return remembered(position_frame, leaves, benchmarks)
