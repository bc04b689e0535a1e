"""Spearman of every pair with ImageNet top-1 held fixed."""

from compute.stats.frames.agreement import partial_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return partial_frame(dbt.ref("int_cohort_scores_attributed").df())
