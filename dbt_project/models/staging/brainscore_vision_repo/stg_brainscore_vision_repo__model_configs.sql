with configs as (
    select
        unnest(json_extract(configs, '$.*')) as config,
        _load_id,
        _file,
        _row
    from {{ source('brainscore_vision_repo', 'model_configs') }}
)

select
    json_extract_string(config, '$.model_id') as source_model_name,
    json_extract_string(config, '$.model_name') as architecture,
    json_extract_string(config, '$.timm_model_name') as timm_model_name,
    json_extract_string(config, '$.checkpoint_url') as checkpoint_url,
    contains(_file, 'blur_timm_models') as is_blurred,
    _load_id,
    _file,
    _row
from configs
