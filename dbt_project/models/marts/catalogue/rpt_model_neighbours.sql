with compared as (
    select * from {{ ref('int_profiles_compared') }}
),

final as (
    select
        cast(scope as varchar) as scope,
        cast(model_id as varchar) as model_id,
        cast(place as bigint) as place,
        cast(neighbour_id as varchar) as neighbour_id,
        cast(estimate as double) as estimate,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(n_shared as bigint) as n_shared,
        cast(n_candidates as bigint) as n_candidates,
        cast(mean_difference as double) as mean_difference
    from compared
)

select * from final
