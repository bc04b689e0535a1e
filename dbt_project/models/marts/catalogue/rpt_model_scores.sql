with ranked as (select * from {{ ref('int_scores_ranked') }}),
snapshots as (select * from {{ ref('dim_snapshots') }}),
benchmarks as (select * from {{ ref('dim_benchmarks') }}),
errors as (select * from {{ ref('benchmark_errors') }}),

final as (
    select
        ranked.* exclude (_load_id, _file, _row),
        snapshots.snapshot_date,
        benchmarks.title,
        benchmarks.suite,
        benchmarks.modality,
        benchmarks.region,
        benchmarks.unit,
        benchmarks.citation,
        benchmarks.is_aggregate,
        case when ranked.error is not null then errors.error_kind end as error_kind,
        ranked._load_id as load_id,
        ranked._file as source_file,
        ranked._row as source_row
    from ranked
    inner join snapshots using (snapshot_id)
    inner join benchmarks using (benchmark_id)
    left join errors using (benchmark_id)
)

select * from final
