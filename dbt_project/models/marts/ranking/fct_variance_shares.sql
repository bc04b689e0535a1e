with shares as (
    select * from {{ ref('int_variance_shares_estimated') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(whole as varchar) as whole,
        cast(part as varchar) as part,
        cast(weight as double) as weight,
        cast(r_squared as double) as r_squared,
        cast(covariance_share as double) as covariance_share,
        cast(shapley_share as double) as shapley_share,
        cast(method as varchar) as method,
        cast(n_models as bigint) as n_models
    from shares
)

select * from final
