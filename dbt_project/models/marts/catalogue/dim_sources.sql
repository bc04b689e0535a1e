with sources as (select * from {{ ref('stg_ledger__sources') }}),
loads as (select * from {{ ref('stg_ledger__loads') }}),

final as (
    select
        sources.*,
        coalesce(cast(sum(loads.n_rows) as bigint), 0) as n_rows
    from sources
    left join loads using (source_id)
    group by all
)

select * from final
