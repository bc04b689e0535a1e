with sources as (select * from {{ ref('stg_ledger__sources') }}),

loads as (
    select
        source_id,
        cast(sum(n_rows) as bigint) as n_rows
    from {{ ref('stg_ledger__loads') }}
    group by source_id
),

final as (
    select
        sources.*,
        coalesce(loads.n_rows, 0) as n_rows
    from sources
    left join loads using (source_id)
)

select * from final
