{#- the critical t comes from the kernel; SQL has no inverse of its distribution -#}
with powers as (
    select * from {{ ref('int_power_stated') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(method as varchar) as method,
        cast(n_models as bigint) as n_models,
        cast(n_tests as bigint) as n_tests,
        cast(minimum_detectable as double) as minimum_detectable,
        cast(minimum_detectable_single as double) as minimum_detectable_single
    from powers
)

select * from final
