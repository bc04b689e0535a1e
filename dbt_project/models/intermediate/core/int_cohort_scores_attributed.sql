-- What the resampling kernels need beside a score: one name per model, its architecture family and
-- its ImageNet top-1: as the snapshot prints it, the same where Brain-Score measured it, and timm's
-- newest for the same weights.
with scores as (select * from {{ ref('int_cohort_scores_levelled') }}),
screened as (select * from {{ ref('int_cohort_models_screened') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),
accuracies as (select * from {{ ref('int_imagenet_accuracies_compared') }}),

-- at the smaller of two image sizes
timm as (
    select
        names.model_id,
        evidenced.score / 100 as imagenet_top1
    from {{ ref('int_scores_evidenced') }} as evidenced
    inner join names using (snapshot_id, source_model_key)
    inner join {{ ref('snapshots') }} as snapshots using (snapshot_id)
    where evidenced.benchmark_id = 'timm.imagenet.top1' and evidenced.score is not null
    qualify row_number() over (
        partition by names.model_id
        order by
            snapshots.snapshot_date desc, evidenced.variant_id asc, names.source_model_key asc
    ) = 1
),

final as (
    select
        scores.cohort_id,
        scores.level,
        scores.source_model_key || '/' || scores.variant_id as model,
        scores.benchmark_id,
        scores.score_directed,
        families.family,
        screened.imagenet_top1,
        case when accuracies.imagenet_top1_origin = 'measured_alike' then screened.imagenet_top1 end
            as imagenet_top1_measured,
        timm.imagenet_top1 as imagenet_top1_timm
    from scores
    inner join screened using (cohort_id, source_model_key, variant_id)
    inner join names using (snapshot_id, source_model_key)
    inner join families using (model_id)
    left join accuracies using (snapshot_id, source_model_key)
    left join timm using (model_id)
)

select * from final
