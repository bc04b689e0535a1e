"""Bootstrap intervals of the Spearman of every pair, over models and over families."""

from compute.stats.frames.agreement import bootstrap_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(bootstrap_frame, dbt.ref("int_cohort_scores_attributed").df())
