"""Small panels of each cohort's benchmarks: held-out families, one by one, are not for SQL."""

from compute.stats.frames.panel import panel_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    leaves = leaves.project("cohort_id, level, model, benchmark_id, score_directed, family").df()
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset, modality").df()
    newcomers = dbt.ref("int_newcomers_matched").df()
    published = dbt.ref("benchmark_sets").filter("benchmark_set = 'brainscore_panel'").df()
    return remembered(panel_frame, leaves, benchmarks, newcomers, published)
