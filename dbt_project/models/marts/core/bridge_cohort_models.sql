with screened as (
    select * from {{ ref('int_cohort_models_screened') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(screened.cohort_id as varchar) as cohort_id,
        cast(screened.snapshot_id as varchar) as snapshot_id,
        cast(screened.source_model_key as varchar) as source_model_key,
        cast(screened.variant_id as varchar) as variant_id,
        cast(screened.source_model_name as varchar) as source_model_name,
        cast(names.model_id as varchar) as model_id,
        cast(screened.is_member as boolean) as is_member,
        cast(screened.exclusion_reason as varchar) as exclusion_reason,
        cast(screened.n_scored as bigint) as n_scored,
        cast(screened.n_cohort_benchmarks - screened.n_scored as bigint) as n_missing,
        cast(screened.imagenet_top1 as double) as imagenet_top1
    from screened
    inner join names
        on
            screened.snapshot_id = names.snapshot_id
            and screened.source_model_key = names.source_model_key
)

select * from final
