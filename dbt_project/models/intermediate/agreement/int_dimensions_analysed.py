"""Principal components of each complete cohort, with parallel analysis."""

from compute.stats.frames.agreement import dimensions_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed")
    return remembered(dimensions_frame, scores.filter("level = 'leaf'").df())
