select
    load_id,
    source_id,
    table_name,
    file,
    url,
    sha256,
    bytes,
    n_rows,
    contract_hash
from {{ source('ledger', 'loads') }}
