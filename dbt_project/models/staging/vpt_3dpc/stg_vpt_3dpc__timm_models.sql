-- A model may stand under several superclasses; the key is the pair.
select
    'vpt_2024' as snapshot_id,
    model_name as source_model_key,
    model_name as source_model_name,
    superclass,
    starts_with(superclass, 'test') or starts_with(superclass, 'subset') as is_test_heading,
    _load_id,
    _file,
    _row
from {{ source('vpt_3dpc', 'timm_models') }}
