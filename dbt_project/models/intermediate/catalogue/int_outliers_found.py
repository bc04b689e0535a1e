"""Scores that stand alone and that the model's other scores do not support."""

from compute.stats.frames.catalogue import outlier_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(outlier_frame, dbt.ref("int_cohort_cells_gathered").df())
