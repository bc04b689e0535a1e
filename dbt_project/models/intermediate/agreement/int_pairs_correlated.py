"""Spearman, Pearson and Kendall of every pair of benchmarks, with p-values and intervals."""

from compute.stats.frames.agreement import correlation_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed")
    return remembered(correlation_frame, scores, by="cohort_id")
