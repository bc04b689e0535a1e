select
    model as architecture,
    round({{ finite('image_mparams') }} * 1e6) as n_parameters,
    _load_id,
    _file,
    _row
from {{ source('open_clip_results', 'model_profile') }}
