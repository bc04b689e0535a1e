-- What the resampling kernels need beside a score: one name per model, its architecture family and
-- its known ImageNet top-1.
with scores as (select * from {{ ref('int_cohort_scores_levelled') }}),
screened as (select * from {{ ref('int_cohort_models_screened') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),

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
    inner join screened using (cohort_id, source_model_key, variant_id)
    inner join names using (snapshot_id, source_model_key)
    inner join families using (model_id)
)

select * from final
