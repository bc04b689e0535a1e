with issues as (
    select * from {{ ref('known_issues') }}
),

found as (
    select
        issue_id,
        count(*) as n_rows
    from {{ ref('int_known_issue_rows_detected') }}
    group by issue_id
),

-- what the file has and staging leaves out
redacted as (
    select
        'bs2024_redacted' as issue_id,
        sum(loads.n_rows) - (
            select count(distinct scores.source_model_key)
            from {{ ref('stg_brainscore_snapshot_2024_01_01__scores') }} as scores
        ) as n_rows
    from {{ ref('stg_ledger__loads') }} as loads
    where loads.table_name = 'brainscore_snapshot_2024_01_01__models'
),

counted as (
    select * from found
    union all
    select * from redacted
),

final as (
    select
        cast(issues.issue_id as varchar) as issue_id,
        cast(issues.source_id as varchar) as source_id,
        cast(issues.title as varchar) as title,
        cast(issues.description as varchar) as description,
        cast(issues.handling as varchar) as handling,
        cast(coalesce(counted.n_rows, 0) as bigint) as n_rows
    from issues
    left join counted on issues.issue_id = counted.issue_id
)

select * from final
