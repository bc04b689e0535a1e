-- The scores of a cohort's members that are made of doubted leaves, at every level.
with doubted as (select * from {{ ref('int_scores_doubted') }}),
members as (select * from {{ ref('int_cohort_models_screened') }}),
levels as (select * from {{ ref('int_benchmark_levels_weighted') }}),

final as (
    select
        members.cohort_id,
        levels.level,
        members.source_model_key,
        members.variant_id,
        levels.benchmark_id,
        count(*) as n_doubted
    from doubted
    inner join members using (snapshot_id, source_model_key, variant_id)
    inner join levels
        on members.cohort_id = levels.cohort_id and doubted.benchmark_id = levels.leaf_id
    where members.is_member
    group by all
)

select * from final
