with recursive benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        benchmark_id,
        benchmark_id as ancestor_id,
        is_aggregate
    from benchmarks
    union all
    select
        final.benchmark_id,
        benchmarks.parent_benchmark_id as ancestor_id,
        final.is_aggregate
    from final
    inner join benchmarks on final.ancestor_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
)

select * from final
