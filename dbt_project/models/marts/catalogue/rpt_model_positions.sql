with placed as (select * from {{ ref('int_models_placed') }}),

members as (
    select
        *,
        source_model_key || '/' || variant_id as model
    from {{ ref('bridge_cohort_models') }}
    where is_member
),

final as (
    select
        placed.cohort_id,
        members.source_model_key,
        members.variant_id,
        members.model_id,
        members.source_model_name,
        placed.x,
        placed.y,
        placed.region_long,
        placed.region_short,
        placed.region_angle,
        placed.n_within::bigint as n_within,
        placed.share_shown,
        placed.share,
        count(*) over (partition by placed.cohort_id) as n_models,
        members.n_scored as n_benchmarks,
        placed.n_datasets
    from placed
    inner join members using (cohort_id, model)
)

select * from final
