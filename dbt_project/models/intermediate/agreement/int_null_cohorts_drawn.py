"""What the mean agreement of random cohorts is, of each cohort's size."""

from compute.stats.frames.means import null_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    leaves = leaves.project("cohort_id, level, model, benchmark_id, score_directed").df()
    pools = dbt.ref("cohorts").project("cohort_id, pool_id").filter("pool_id is not null").df()
    return remembered(null_frame, leaves, pools)
