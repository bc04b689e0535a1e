"""Rank correlations of every scheme with the arithmetic mean: Kendall's tau is not for SQL."""

from compute.stats.frames.ranking import scheme_agreement_frame
from warehouse.memo import remembered


def model(dbt, session):
    ranks = dbt.ref("int_model_rankings_estimated")
    ranks = ranks.project("cohort_id, level, scheme, source_model_key, variant_id, score_rank")
    return remembered(scheme_agreement_frame, ranks.df())
