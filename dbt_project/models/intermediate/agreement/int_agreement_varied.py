"""Mean agreement of the open cohorts under rising accuracy floors and completeness."""

from compute.stats.frames.agreement import sensitivity_frame

FLOORS = (0.0, 0.019, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75)
SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)


def model(dbt, session):
    dbt.config(materialized="table")
    open_cohorts = dbt.ref("cohorts").filter("not is_complete_case").project("cohort_id").df()
    scores = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'").df()
    scores = scores[scores["cohort_id"].isin(open_cohorts["cohort_id"])]
    return sensitivity_frame(scores, FLOORS, SHARES)
