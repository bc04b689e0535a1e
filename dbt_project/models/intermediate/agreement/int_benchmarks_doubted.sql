-- What agreement is averaged by, and whether a known issue doubts all values of the benchmark.
with benchmarks as (select * from {{ ref('benchmarks') }}),

doubts as (
    select distinct filters.benchmark_pattern
    from {{ ref('known_issue_filters') }} as filters
    inner join {{ ref('known_issues') }} as issues using (issue_id)
    where
        issues.is_doubt
        and filters.name_pattern is null
        and filters.min_score is null
        and filters.max_score is null
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
