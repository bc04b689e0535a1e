select
    'timm_' || replace(
        regexp_extract(_file, '([0-9]{4}-[0-9]{2}-[0-9]{2})_[0-9a-f]+/', 1), '-', '_'
    ) as snapshot_id,
    model as source_model_key,
    model as source_model_name,
    nullif(pretrain, '') as pretraining,
    _load_id,
    _file,
    _row
from {{ source('timm_results', 'model_metadata') }}
