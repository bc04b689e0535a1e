select
    'compute_2026_11' as snapshot_id,
    * rename (model_name as source_model_key)
from {{ source('compute', 'embedding_manifest') }}
