"""Principal components of each complete cohort, with parallel analysis."""

from compute.stats.frames.agreement import dimensions_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    columns = "cohort_id, level, model, benchmark_id, score_directed"
    return remembered(dimensions_frame, scores.project(columns).df())
