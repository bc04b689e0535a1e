"""Bits that a triplet carries between people and each model, and between halves of the people."""

from compute.stats.theory import capacities_frame


def model(dbt, session):
    dbt.config(materialized="table")
    alignments = dbt.ref("stg_compute__alignments").filter("metric = 'triplet'").df()
    ceilings = dbt.ref("stg_compute__ceilings")
    halves = ceilings.filter("metric = 'triplet' and method = 'split_half'").df()
    return capacities_frame(alignments, halves)
