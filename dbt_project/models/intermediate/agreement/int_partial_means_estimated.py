"""Mean agreement of each cohort with ImageNet top-1 held fixed, by where top-1 comes from."""

from compute.stats.frames.means import partial_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'").df()
    datasets = dbt.ref("benchmarks").project("benchmark_id, dataset").df()
    return remembered(partial_frame, leaves, datasets)
