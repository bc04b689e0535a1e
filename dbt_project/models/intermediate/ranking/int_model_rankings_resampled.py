"""Models ranked under every scheme, with bootstrap intervals: resampling is not for SQL."""

from compute.stats.frames.ranking import ranking_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_levelled").filter("level != 'group'").df()
    return remembered(ranking_frame, scores)
