"""Triplets that place a new object, over a grid of misalignments, objects and dimensions."""

from compute.stats.theory import triplets_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return triplets_frame()
