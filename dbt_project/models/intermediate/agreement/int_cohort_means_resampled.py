"""Mean agreement of each cohort with its intervals and its null of random cohorts."""

from compute.stats.frames.agreement import mean_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'").df()
    pools = dbt.ref("cohorts").project("cohort_id, pool_id").filter("pool_id is not null").df()
    return remembered(mean_frame, leaves, pools)
