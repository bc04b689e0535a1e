"""Spearman, with p-values and intervals, of the benchmarks of Figures 1 and 5 of Ahlert et al."""

from compute.stats.frames.agreement import correlation_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_figure_scores_levelled").project(
        "figure_id as cohort_id, 'figure' as level, benchmark_id, "
        "source_model_key || '/' || variant_id as model, family, score as score_directed"
    )
    return remembered(correlation_frame, scores.df())
