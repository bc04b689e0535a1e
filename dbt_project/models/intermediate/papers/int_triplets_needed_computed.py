"""Triplets that place a new object, over a grid of misalignments, objects and dimensions."""

from compute.stats.frames.papers import triplet_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(triplet_frame)
