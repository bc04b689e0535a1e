"""Spearman, Pearson and Kendall of every pair of benchmarks, with p-values and intervals."""

from compute.stats.frames.agreement import correlation_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return correlation_frame(dbt.ref("int_cohort_scores_attributed").df())
