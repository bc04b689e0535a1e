-- Members of a cohort of dim_cohorts keep the scores of their own snapshot, areas and behaviour as
-- means of the cohort's leaves; benchmarks that the snapshot lacks join by weights.
with cohorts as (select * from {{ ref('int_relation_cohorts_believed') }}),
accuracies as (select * from {{ ref('int_imagenet_accuracies_compared') }}),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

names as (select * from {{ ref('int_model_names_resolved') }}),
snapshots as (select * from {{ ref('snapshots') }}),

covariates as (
    select * from {{ ref('covariate_benchmarks') }}
    where covariate = 'imagenet_top1'
),

levelled as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level in ('leaf', 'region') or (level = 'modality' and benchmark_id = 'neural_vision')
),

scores as (select * from {{ ref('int_relation_benchmarks_scored') }}),
by_weights as (select * from {{ ref('int_relation_weights_scored') }}),

own_accuracies as (  -- that a snapshot prints itself
    select
        scores.snapshot_id,
        scores.source_model_key,
        arg_min(scores.score * covariates.percent_per_unit, covariates.priority) as imagenet_top1
    from scores
    inner join covariates using (benchmark_id)
    group by all
),

units as (
    select
        cohorts.cohort_id,
        cohorts.confidence,
        cohorts.member_cohort_id,
        members.snapshot_id,
        members.source_model_key,
        members.variant_id,
        members.source_model_key || '/' || members.variant_id as unit_id,
        members.source_model_name as unit_name,
        {{ believed_model('cohorts.confidence_rank') }} as model_id,
        coalesce(members.imagenet_top1 * 100, own_accuracies.imagenet_top1) as own_top1,
        if(accuracies.imagenet_top1_origin = 'measured_alike', members.imagenet_top1 * 100, null)
            as measured_top1,
        snapshots.source_id
    from cohorts
    inner join members on cohorts.member_cohort_id = members.cohort_id
    inner join names using (snapshot_id, source_model_key)
    inner join snapshots using (snapshot_id)
    left join own_accuracies using (snapshot_id, source_model_key)
    left join accuracies using (snapshot_id, source_model_key)
),

origins as (
    select
        units.*,
        levelled.benchmark_id,
        levelled.score_directed as score,
        1 as rank_of_origin
    from units
    inner join levelled
        on
            units.member_cohort_id = levelled.cohort_id
            and units.source_model_key = levelled.source_model_key
            and units.variant_id = levelled.variant_id
    union all by name
    select
        units.*,
        scores.benchmark_id,
        scores.score,
        2 as rank_of_origin
    from units
    inner join scores using (snapshot_id, source_model_key)
    union all by name
    select
        units.* replace (by_weights.source_id as source_id),
        by_weights.benchmark_id,
        by_weights.score,
        3 as rank_of_origin
    from units
    inner join by_weights using (confidence, model_id)
    -- what the own snapshot measures is not filled up from elsewhere
    anti join scores as measured
        on
            units.snapshot_id = measured.snapshot_id
            and by_weights.benchmark_id = measured.benchmark_id
),

final as (
    select * exclude (member_cohort_id, snapshot_id, source_model_key, variant_id, rank_of_origin)
    from origins
    qualify
        row_number() over (
            partition by cohort_id, confidence, unit_id, benchmark_id
            order by rank_of_origin, source_id
        ) = 1
)

select * from final
