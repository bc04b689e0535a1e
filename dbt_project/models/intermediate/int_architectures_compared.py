"""Differences behind the notes on architecture of seed 002."""

from compute.comparisons import compared_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return compared_frame(dbt.ref("int_architecture_scores_gathered").df())
