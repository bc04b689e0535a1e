-- The members of each cohort, by the one name that kernels know them by (model).
with screened as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

names as (select * from {{ ref('int_model_names_resolved') }}),

final as (
    select
        screened.cohort_id,
        screened.source_model_key || '/' || screened.variant_id as model,
        screened.snapshot_id,
        screened.source_model_key,
        screened.variant_id,
        screened.source_model_name,
        names.model_id
    from screened
    inner join names using (snapshot_id, source_model_key)
)

select * from final
