"""Mean agreement of each cohort with ImageNet top-1 held fixed, by where top-1 comes from."""

from compute.stats.frames.means import partial_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    benchmarks = dbt.ref("int_benchmarks_doubted")
    weights = dbt.ref("int_benchmark_levels_weighted")
    return remembered(partial_frame, leaves, benchmarks, weights, by="cohort_id")
