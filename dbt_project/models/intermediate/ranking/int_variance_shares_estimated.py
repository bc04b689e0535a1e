"""Shares of the variance of an aggregate that its parts account for (Shapley is not for SQL)."""

from compute.stats.frames.ranking import variance_share_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(variance_share_frame, dbt.ref("int_variance_parts_weighted").df())
