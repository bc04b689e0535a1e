"""The smallest correlation that could be significant at a cohort's size and number of pairs."""

from compute.stats.frames.agreement import power_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(power_frame, dbt.ref("int_pairs_correlated").df())
