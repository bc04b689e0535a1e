"""Correlations that are ways to ask a claim: every confidence, every ImageNet top-1 held fixed."""

from compute.stats.frames.relations import believed_relation_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_relation_scores_believed")
    pairs = dbt.ref("int_relation_claims_declared")
    return remembered(believed_relation_frame, scores, pairs, by="cohort_id")
