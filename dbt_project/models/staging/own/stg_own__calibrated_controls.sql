select
    'own' as snapshot_id,
    * rename (model_name as source_model_key, calibrated as estimate_calibrated)
from {{ source('own', 'calibrated_controls') }}
