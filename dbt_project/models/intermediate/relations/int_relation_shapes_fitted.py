"""Straight line, parabola and two lines of each property on each alignment."""

from compute.stats.frames.relations import shape_frame
from warehouse.memo import remembered


def model(dbt, session):
    pairs = dbt.ref("int_relation_pairs_declared").filter("not is_part_of_whole")
    scores = dbt.ref("int_relation_scores_gathered")
    return remembered(shape_frame, scores, pairs, by="cohort_id")
