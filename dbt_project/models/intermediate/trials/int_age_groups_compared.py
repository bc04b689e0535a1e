"""Averages of age groups, with intervals over people: a jackknife, not for SQL."""

from compute.stats.frames.trials import group_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(group_frame, dbt.ref("int_age_groups_gathered").df())
