-- Scores of one model that are not like those of the others: a known issue doubts them, or they
-- stand alone. An issue that doubts a whole benchmark makes no two models unlike.
with issues as (
    select * from {{ ref('known_issues') }}
    where is_doubt
),

cells as (select * from {{ ref('int_cohort_cells_gathered') }}),

known as (
    select
        cells.snapshot_id,
        cells.source_model_key,
        cells.variant_id,
        cells.benchmark_id,
        string_agg(distinct issues.title, '; ' order by issues.title) as issue
    from {{ ref('int_known_issues_found') }}
    inner join issues using (issue_id)
    inner join {{ ref('int_benchmarks_doubted') }} as benchmarks using (benchmark_id)
    inner join cells using (snapshot_id, source_model_key, benchmark_id)
    where not benchmarks.is_doubted
    group by all
),

final as (
    select *
    from known
    full join {{ ref('int_outliers_found') }}
        using (snapshot_id, source_model_key, variant_id, benchmark_id)
)

select * from final
