-- What agreement is averaged by, and whether a known issue doubts the values of the benchmark.
with benchmarks as (select * from {{ ref('benchmarks') }}),

doubts as (
    select distinct benchmark_pattern from {{ ref('known_issue_filters') }}
    where is_doubt
),

final as (
    select
        benchmarks.benchmark_id,
        benchmarks.modality,
        benchmarks.region,
        benchmarks.dataset,
        doubts.benchmark_pattern is not null as is_doubted
    from benchmarks
    left join doubts on benchmarks.benchmark_id like doubts.benchmark_pattern
)

select * from final
