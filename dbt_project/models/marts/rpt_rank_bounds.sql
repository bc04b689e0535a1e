-- A model's average is lowest when each of its missing leaves has the smallest score of any model
-- on that benchmark, and highest when each has the largest; cells are free of each other, so both
-- ends of a rank are reached. Ties share the better place.
with averages as (
    select * from {{ ref('int_policy_models_averaged') }}
),

cohort_models as (
    select * from {{ ref('bridge_cohort_models') }}
    where is_member
),

bounded as (
    select
        cohort_id,
        source_model_key,
        variant_id,
        max(score_overall) filter (where policy = 'bounds_low') as score_low,
        max(score_overall) filter (where policy = 'bounds_high') as score_high,
        max(score_overall) filter (where policy = 'zero') as score_zero
    from averages
    group by all
),

surpassed as (
    select
        bounded.cohort_id,
        bounded.source_model_key,
        bounded.variant_id,
        count(*) as n_models,
        -- those that stand above it in any case, and those that may
        1 + count(*) filter (where others.score_low > bounded.score_high) as best_rank,
        1 + count(*) filter (
            where
            others.score_high > bounded.score_low
            and (
                others.source_model_key != bounded.source_model_key
                or others.variant_id != bounded.variant_id
            )
        ) as worst_rank,
        1 + count(*) filter (where others.score_zero > bounded.score_zero) as zero_rank
    from bounded
    inner join bounded as others on bounded.cohort_id = others.cohort_id
    group by all
),

final as (
    select
        cast(bounded.cohort_id as varchar) as cohort_id,
        cast(cohort_models.snapshot_id as varchar) as snapshot_id,
        cast(bounded.source_model_key as varchar) as source_model_key,
        cast(bounded.variant_id as varchar) as variant_id,
        cast(cohort_models.source_model_name as varchar) as source_model_name,
        cast(cohort_models.model_id as varchar) as model_id,
        cast(cohort_models.n_scored as bigint) as n_scored,
        cast(cohort_models.n_missing as bigint) as n_missing,
        cast(surpassed.n_models as bigint) as n_models,
        cast(bounded.score_low as double) as score_low,
        cast(bounded.score_zero as double) as score_zero,
        cast(bounded.score_high as double) as score_high,
        cast(surpassed.zero_rank as bigint) as zero_rank,
        cast(surpassed.best_rank as bigint) as best_rank,
        cast(surpassed.worst_rank as bigint) as worst_rank
    from bounded
    inner join surpassed
        on
            bounded.cohort_id = surpassed.cohort_id
            and bounded.source_model_key = surpassed.source_model_key
            and bounded.variant_id = surpassed.variant_id
    inner join cohort_models
        on
            bounded.cohort_id = cohort_models.cohort_id
            and bounded.source_model_key = cohort_models.source_model_key
            and bounded.variant_id = cohort_models.variant_id
)

select * from final
