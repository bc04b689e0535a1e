"""Differences behind the notes on architecture of Sucholutsky & Griffiths."""

from compute.stats.comparisons import compared_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return compared_frame(dbt.ref("int_architecture_scores_gathered").df())
