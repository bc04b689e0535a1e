"""Mean agreement of each cohort over several sets of pairs, whole and without each dataset."""

from compute.stats.frames.means import mean_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    benchmarks = dbt.ref("int_benchmarks_doubted")
    weights = dbt.ref("int_benchmark_levels_weighted")
    return remembered(mean_frame, leaves, benchmarks, weights, by="cohort_id")
