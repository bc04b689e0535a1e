"""Rank correlations of every scheme with the arithmetic mean: Kendall's tau is not for SQL."""

from compute.stats.frames.ranking import scheme_agreement_frame
from warehouse.memo import remembered


def model(dbt, session):
    return remembered(scheme_agreement_frame, dbt.ref("int_model_rankings_estimated").df())
