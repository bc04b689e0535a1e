"""Differences behind the notes on architecture of Sucholutsky & Griffiths."""

from compute.stats.frames.papers import architecture_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(architecture_frame, dbt.ref("int_architecture_scores_gathered").df())
