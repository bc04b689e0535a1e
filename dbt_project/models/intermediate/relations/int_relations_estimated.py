"""Correlations of each alignment with each property: ranks inside pairs and resampling."""

from compute.stats.frames.relations import relation_frame
from warehouse.memo import remembered


def model(dbt, session):
    pairs = dbt.ref("int_relation_pairs_declared").filter("not is_part_of_whole")
    scores = dbt.ref("int_relation_scores_gathered")
    return remembered(relation_frame, scores, pairs, by="cohort_id")
