"""Bits that a triplet carries between people and each model."""

from compute.theory import capacities_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return capacities_frame(dbt.ref("fct_alignment").filter("metric = 'triplet'").df())
