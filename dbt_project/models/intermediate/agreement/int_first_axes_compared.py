"""Whether two snapshots have the same first axis, over the benchmarks and models of both."""

from compute.stats.frames.axes import comparison_frame
from warehouse.memo import remembered

OPEN = """cohort_id in (
    'wichmann_2020', 'brainscore_2020', 'brainscore_2024_all', 'brainscore_2025_all'
)"""


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'").filter(OPEN)
    named = scores.join(dbt.ref("int_cohort_members_named").filter(OPEN), "cohort_id, model")
    columns = "cohort_id, model, model_id, benchmark_id, score_directed, family"
    return remembered(comparison_frame, named.project(columns).df())
