with found as (select * from {{ ref('int_known_issues_found') }}),

final as (
    select
        * exclude (_file, _row),
        row_number() over (
            partition by issue_id
            order by snapshot_id, source_model_key, benchmark_id, detail, _file, _row
        ) as issue_row,
        _file as source_file,
        _row as source_row
    from found
)

select * from final
