select
    'own' as snapshot_id,
    * rename (model_name as source_model_key)
from {{ source('own', 'embedding_manifest') }}
