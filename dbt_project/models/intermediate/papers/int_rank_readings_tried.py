"""What each reading of "mean rank" gives: its Spearman with the arithmetic mean."""

from compute.stats.frames.papers import reading_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(reading_frame, dbt.ref("int_reading_parts_levelled").df())
