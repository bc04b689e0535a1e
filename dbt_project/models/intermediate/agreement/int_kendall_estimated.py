"""Kendall τ-b of every pair: SQL has no sorting count of inversions."""

from compute.stats.frames.agreement import kendall_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return kendall_frame(dbt.ref("int_cohort_scores_attributed").df())
