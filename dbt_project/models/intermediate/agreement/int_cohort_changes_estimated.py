"""Interval of the difference in mean agreement at each step from the cohort of 2024 to 2025's."""

from compute.stats.frames.means import change_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    columns = "cohort_id, level, model, benchmark_id, score_directed, family"
    leaves = leaves.project(columns).df()
    datasets = dbt.ref("benchmarks").project("benchmark_id, dataset").df()
    changes = dbt.ref("cohort_changes").filter("previous_cohort_id is not null").df()
    return remembered(change_frame, leaves, datasets, changes)
