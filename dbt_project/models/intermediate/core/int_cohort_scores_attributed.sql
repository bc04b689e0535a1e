-- What the resampling kernels need beside a score: one name per model, its architecture family and
-- its known ImageNet top-1.
with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
),

screened as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

families as (
    select * from {{ ref('int_model_families_matched') }}
),

final as (
    select
        scores.cohort_id,
        scores.level,
        scores.source_model_key || '/' || scores.variant_id as model,
        scores.benchmark_id,
        scores.score_directed,
        families.family,
        screened.imagenet_top1
    from scores
    inner join screened
        on
            scores.cohort_id = screened.cohort_id
            and scores.source_model_key = screened.source_model_key
            and scores.variant_id = screened.variant_id
    inner join names
        on
            screened.snapshot_id = names.snapshot_id
            and screened.source_model_key = names.source_model_key
    inner join families on names.model_id = families.model_id
)

select * from final
