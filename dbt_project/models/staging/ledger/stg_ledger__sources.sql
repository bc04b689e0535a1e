select
    source_id,
    title,
    description,
    url,
    commit_id,
    cast(retrieved_on as date) as retrieved_on,
    licence,
    is_redistributable,
    is_private,
    citation,
    is_present,
    n_files,
    n_files_present
from {{ source('ledger', 'sources') }}
