"""What explains that two benchmarks agree: a regression over pairs is not for SQL."""

from compute.stats.frames.dyads import explained_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    columns = "benchmark_id, metric_type, region, dataset, species, acquisition, modality"
    benchmarks = dbt.ref("benchmarks").project(columns)
    reliabilities = dbt.ref("int_benchmark_reliabilities_estimated")
    known = reliabilities.project("cohort_id, benchmark_id, reliability")
    return remembered(explained_frame, leaves, benchmarks, known, by="cohort_id")
