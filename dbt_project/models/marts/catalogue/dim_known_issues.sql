with issues as (select * from {{ ref('known_issues') }}),
found as (select * from {{ ref('bridge_known_issue_rows') }}),

counted as (
    select
        issue_id,
        count(*) as n_rows
    from found
    group by issue_id
    union all
    -- what the file has and staging leaves out
    select
        'bs2024_redacted' as issue_id,
        cast(sum(loads.n_rows) as bigint) - (
            select count(distinct scores.source_model_key)
            from {{ ref('stg_brainscore_snapshot_2024_01_01__scores') }} as scores
        ) as n_rows
    from {{ ref('stg_ledger__loads') }} as loads
    where loads.table_name = 'brainscore_snapshot_2024_01_01__models'
),

final as (
    select
        issues.*,
        coalesce(counted.n_rows, 0) as n_rows
    from issues
    left join counted using (issue_id)
)

select * from final
