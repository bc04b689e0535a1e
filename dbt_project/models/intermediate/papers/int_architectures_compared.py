"""Differences behind the notes on architecture of Sucholutsky & Griffiths."""

from compute.stats.frames.papers import architecture_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return architecture_frame(dbt.ref("int_architecture_scores_gathered").df())
