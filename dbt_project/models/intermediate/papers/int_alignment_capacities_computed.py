"""Bits that a triplet carries between people and each model, and between halves of the people."""

from compute.stats.frames.papers import capacity_frame
from warehouse.memo import remembered


def model(dbt, session):
    alignments = dbt.ref("stg_compute__alignments").filter("metric = 'triplet'").df()
    ceilings = dbt.ref("stg_compute__ceilings")
    halves = ceilings.filter("metric = 'triplet' and method = 'split_half'").df()
    return remembered(capacity_frame, alignments, halves)
