"""Submissions to one leaderboard whose scores are nearly the same."""

from compute.stats.frames.catalogue import twin_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(twin_frame, dbt.ref("int_submission_leaves_gathered").df())
