with found as (
    select * from {{ ref('int_known_issue_rows_detected') }}
),

final as (
    select
        cast(issue_id as varchar) as issue_id,
        cast(issue_row as bigint) as issue_row,
        cast(snapshot_id as varchar) as snapshot_id,
        cast(source_model_key as varchar) as source_model_key,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(detail as varchar) as detail,
        cast(_file as varchar) as source_file,
        cast(_row as bigint) as source_row
    from found
)

select * from final
