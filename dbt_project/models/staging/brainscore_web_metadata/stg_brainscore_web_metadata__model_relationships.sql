select
    'brainscore_2025_05' as snapshot_id,
    identifier as source_model_key,
    identifier as source_model_name,
    base_identifier as parent_identifier,
    base_name as parent_name,
    relationship as relation,
    _load_id,
    _file,
    _row
from {{ source('brainscore_web_metadata', 'model_relationships') }}
