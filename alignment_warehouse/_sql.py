"""What the Python door asks of the marts."""

SCORES = """\
from fct_scores
where
    state = 'scored'
    and benchmark_id is not null
    and ($benchmark is null or benchmark_id = $benchmark)
    and ($model is null or model_id = $model)
    and (
        $cohort is null
        or (snapshot_id, source_model_key, variant_id, benchmark_id) in (
            select (snapshot_id, source_model_key, variant_id, benchmark_id)
            from bridge_cohort_models inner join bridge_cohort_benchmarks using (cohort_id)
            where cohort_id = $cohort and is_member
        )
    )
order by snapshot_id, benchmark_id, score_directed desc, source_model_key, variant_id"""
AGREEMENT = """\
from rpt_cohort_agreement
where cohort_id = coalesce($cohort, cohort_id) and method = coalesce($method, method)
order by cohort_id, method"""
RANKING = """\
from fct_model_rankings
where cohort_id = $cohort and scheme = $scheme and level = 'leaf' and ranked_set = 'all'
order by score_rank, source_model_key, variant_id"""
MODEL_SCORES = """\
from rpt_model_scores
where model_id = $model and is_latest
order by modality, benchmark_id, snapshot_id, source_model_key, variant_id"""
MODEL = "from dim_models where model_id = $model"
NAMES = """\
select model_id, source_model_name as name from bridge_model_names where model_id is not null
union
select model_id, display_name from dim_models
order by all"""
COHORTS = """\
select dim_cohorts.*, source_id
from dim_cohorts left join dim_snapshots using (snapshot_id)
where cohort_id = coalesce($cohort, cohort_id)"""
CLOSED = """\
select source_id, licence
from dim_cohorts
inner join dim_snapshots using (snapshot_id)
inner join dim_sources using (source_id)
where cohort_id = $cohort and not is_redistributable"""
IS_RELEASED = """\
select 1 from duckdb_tables() where schema_name = 'quality' and table_name = 'released'"""
SOURCES = """\
select source_id, title, url, licence, is_redistributable, citation
from dim_sources where list_contains($ids, source_id) order by source_id"""
TABLES = """\
select
    table_name as "table", estimated_size as n_rows, column_count as n_columns,
    comment as description
from duckdb_tables() where schema_name = 'marts' order by all"""

OF_MARTS = {
    SCORES: ("cohort", "benchmark", "model"),
    AGREEMENT: ("cohort", "method"),
    RANKING: ("cohort", "scheme"),
    MODEL_SCORES: ("model",),
    MODEL: ("model",),
    NAMES: (),
    COHORTS: ("cohort",),
    SOURCES: ("ids",),
}
"""Questions that need the marts of this version, with the names of their values."""
