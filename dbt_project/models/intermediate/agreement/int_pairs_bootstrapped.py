"""Bootstrap interval of the Spearman of every pair, over models."""

from compute.stats.frames.agreement import bootstrap_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return bootstrap_frame(dbt.ref("int_cohort_scores_attributed").df(), by_family=False)
