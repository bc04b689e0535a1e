with varied as (
    select * from {{ ref('int_agreement_varied') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(axis as varchar) as axis,
        cast(value as double) as threshold,
        cast(n_models as bigint) as n_models,
        cast(min_pair_models as bigint) as min_pair_models,
        cast(case when isfinite(mean_estimate) then mean_estimate end as double) as mean_estimate
    from varied
)

select * from final
