select
    'compute_2026_11' as snapshot_id,
    * rename (model_name as source_model_key, error as error_type)
from {{ source('compute', 'failures') }}
