select
    'brainscore_2025_05' as snapshot_id,
    identifier as source_model_key,
    identifier as source_model_name,
    domain,
    try_cast(ordinal as integer) as ordinal,
    nullif(dataset_identifier, '') as dataset_identifier,
    nullif(dataset_name, '') as dataset_name,
    nullif(role, '') as training_role,
    nullif(description, '') as description,
    _load_id,
    _file,
    _row
from {{ source('brainscore_model_metadata', 'model_datasets') }}
