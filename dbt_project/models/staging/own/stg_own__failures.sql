select
    'own' as snapshot_id,
    * rename (model_name as source_model_key, error as error_type)
from {{ source('own', 'failures') }}
