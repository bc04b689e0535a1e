"""Joint permutation tests over the specifications of a claim: resampling is not for SQL."""

from compute.stats.frames.specifications import claim_test_frame
from warehouse.memo import remembered


def model(dbt, session):
    leaves = dbt.ref("int_cohort_scores_attributed").filter("level = 'leaf'")
    columns = "cohort_id, level, model, benchmark_id, score_directed, family"
    relations = dbt.ref("int_relation_scores_gathered")
    return remembered(
        claim_test_frame,
        leaves.project(columns).df(),
        relations.project("cohort_id, unit_id, family, benchmark_id, score").df(),
        dbt.ref("int_relation_claims_declared").df(),
    )
