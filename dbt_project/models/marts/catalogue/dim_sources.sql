with sources as (
    select * from {{ ref('stg_ledger__sources') }}
),

loads as (
    select
        source_id,
        count(distinct file) as n_files_loaded,
        sum(n_rows) as n_rows
    from {{ ref('stg_ledger__loads') }}
    group by source_id
),

final as (
    select
        cast(sources.source_id as varchar) as source_id,
        cast(sources.title as varchar) as title,
        cast(sources.description as varchar) as description,
        cast(sources.url as varchar) as url,
        cast(sources.commit_id as varchar) as commit_id,
        cast(sources.retrieved_on as date) as retrieved_on,
        cast(sources.licence as varchar) as licence,
        cast(sources.is_redistributable as boolean) as is_redistributable,
        cast(sources.citation as varchar) as citation,
        cast(sources.is_present as boolean) as is_present,
        cast(sources.n_files as bigint) as n_files,
        cast(sources.n_files_present as bigint) as n_files_present,
        cast(coalesce(loads.n_rows, 0) as bigint) as n_rows
    from sources
    left join loads on sources.source_id = loads.source_id
)

select * from final
