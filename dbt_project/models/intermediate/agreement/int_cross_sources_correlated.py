"""Spearman between benchmarks of different sources at each identity confidence."""

from compute.stats.frames.agreement import cross_source_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cross_sources_gathered")
    return remembered(cross_source_frame, scores, by="confidence")
