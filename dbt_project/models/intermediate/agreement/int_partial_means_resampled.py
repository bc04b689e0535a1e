"""Intervals of each cohort's mean agreement with ImageNet top-1 held fixed."""

from compute.stats.frames.agreement import partial_mean_frame


def model(dbt, session):
    dbt.config(materialized="table")
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'").df()
    return partial_mean_frame(leaves)
