select
    loads.load_id,
    loads.source_id,
    loads.table_name,
    loads.file as source_file,
    loads.url,
    loads.sha256,
    loads.bytes as n_bytes,
    loads.n_rows,
    loads.contract_hash,
    sources.is_private
from {{ ref('stg_ledger__loads') }} as loads
inner join {{ ref('stg_ledger__sources') }} as sources using (source_id)
