select
    'compute_2026_11' as snapshot_id,
    * rename (model_name as source_model_key, calibrated as estimate_calibrated)
from {{ source('compute', 'calibrated_controls') }}
