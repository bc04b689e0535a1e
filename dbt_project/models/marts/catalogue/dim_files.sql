select
    load_id,
    source_id,
    table_name,
    file as source_file,
    url,
    sha256,
    bytes as n_bytes,
    n_rows,
    contract_hash
from {{ ref('stg_ledger__loads') }}
