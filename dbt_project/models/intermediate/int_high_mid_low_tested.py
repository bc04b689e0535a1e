"""Means of a property over the high, middling and low models of an alignment, tested."""

from compute.high_mid_low import high_mid_low_frame


def model(dbt, session):
    dbt.config(materialized="table")
    return high_mid_low_frame(dbt.ref("int_alignment_properties_gathered").df())
