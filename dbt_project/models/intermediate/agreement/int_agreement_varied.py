"""Mean agreement of the open cohorts under rising accuracy floors and completeness."""

from compute.stats.frames.agreement import sensitivity_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    cohorts = dbt.ref("cohorts").filter("not is_complete_case").project("cohort_id")
    return remembered(sensitivity_frame, leaves, cohorts, by="cohort_id")
