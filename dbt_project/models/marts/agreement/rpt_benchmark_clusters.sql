with clustered as (
    select * from {{ ref('int_benchmarks_clustered') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(cluster_place as bigint) as cluster_place
    from clustered
)

select * from final
