with loads as (
    select * from {{ ref('stg_ledger__loads') }}
),

final as (
    select
        cast(load_id as varchar) as load_id,
        cast(source_id as varchar) as source_id,
        cast(table_name as varchar) as table_name,
        cast(file as varchar) as source_file,
        cast(url as varchar) as url,
        cast(sha256 as varchar) as sha256,
        cast(bytes as bigint) as n_bytes,
        cast(n_rows as bigint) as n_rows,
        cast(contract_hash as varchar) as contract_hash
    from loads
)

select * from final
