"""Models ranked under every scheme, and how sure each rank is: a jackknife is not for SQL."""

from compute.stats.frames.ranking import ranking_frame
from warehouse.memo import remembered


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_levelled").filter("level != 'group'")
    weights = dbt.ref("int_benchmark_levels_weighted")
    benchmarks = dbt.ref("benchmarks").project("benchmark_id, dataset")
    families = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    families = families.project("cohort_id, model, family").distinct()
    return remembered(ranking_frame, scores, weights, benchmarks, families, by="cohort_id")
