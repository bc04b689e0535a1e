select
    'own' as snapshot_id,
    * rename (model_name_a as source_model_key_a, model_name_b as source_model_key_b)
from {{ source('own', 'model_similarities') }}
