"""Order of the benchmarks of each cohort that puts similar ones side by side."""

from compute.stats.frames.agreement import cluster_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(cluster_frame, dbt.ref("int_cohort_scores_attributed"), by="cohort_id")
