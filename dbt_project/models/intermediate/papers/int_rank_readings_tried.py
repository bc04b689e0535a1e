"""What each reading of "mean rank" gives: its Spearman with the arithmetic mean."""

from compute.stats.frames.papers import reading_frame
from warehouse.memo import remembered


def model(dbt, session):
    parts = dbt.ref("int_reading_parts_levelled").project(
        "*, concat_ws(' ', cohort_id, level, missing_scores) as averaged"
    )
    return remembered(reading_frame, parts, by="averaged")
