"""The first axis of each complete cohort: a decomposition is not for SQL."""

from compute.stats.frames.axes import axis_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed").filter("level in ('leaf', 'region')")
    columns = "cohort_id, level, model, benchmark_id, score_directed, family"
    top1 = "imagenet_top1_timm, imagenet_top1_measured"
    return remembered(axis_frame, scores.project(f"{columns}, {top1}"), by="cohort_id")
