"""Whether cohorts of two snapshots have the same first axis, over the models that both have."""

from compute.stats.frames.axes import comparison_frame
from warehouse.memo import remembered

PLAIN = """cohort_id in (
    'wichmann_2020', 'brainscore_2020', 'brainscore_2024_complete', 'brainscore_2025_core50',
    'brainscore_2025_complete', 'scaling_pretrained'
)"""


def model(dbt, session):
    scores = dbt.ref("int_cohort_scores_attributed").filter("level in ('leaf', 'region')")
    columns = "cohort_id, level, model, benchmark_id, score_directed, family"
    members = dbt.ref("int_cohort_models_screened").filter("is_member").filter(PLAIN)
    members = members.project("cohort_id, snapshot_id, source_model_key, variant_id").df()
    names = dbt.ref("int_model_names_resolved")
    names = names.project("snapshot_id, source_model_key, model_id").df()
    named = members.merge(names, on=["snapshot_id", "source_model_key"])
    named["model"] = named["source_model_key"] + "/" + named["variant_id"]
    return remembered(comparison_frame, scores.filter(PLAIN).project(columns).df(), named)
