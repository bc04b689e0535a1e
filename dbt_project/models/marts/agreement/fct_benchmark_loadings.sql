with analysed as (
    select * from {{ ref('int_dimensions_analysed') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(component as bigint) as component,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(loading as double) as loading
    from analysed
)

select * from final
