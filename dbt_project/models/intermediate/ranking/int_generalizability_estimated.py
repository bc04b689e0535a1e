"""Variance components of each cohort's scores: restricted maximum likelihood is not for SQL."""

from compute.stats.frames.generalizability import generalizability_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset, modality")
    weights = dbt.ref("int_benchmark_levels_weighted").filter("level = 'whole'")
    return remembered(generalizability_frame, leaves, benchmarks, weights, by="cohort_id")
