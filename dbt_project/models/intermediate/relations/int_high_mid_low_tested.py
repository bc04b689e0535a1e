"""Means of a property over the high, middling and low units of an alignment, tested."""

from compute.stats.frames.relations import high_mid_low_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(high_mid_low_frame, dbt.ref("int_high_mid_low_gathered"), by="cohort_id")
