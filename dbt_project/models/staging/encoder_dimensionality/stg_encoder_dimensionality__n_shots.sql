select
    'encoder_dimensionality_2022' as snapshot_id,
    {{ encoder_key() }} as source_model_key,
    source_model_key as source_model_name,
    layer,
    try_cast(n_train as integer) as n_train,
    try_cast(i_repeat as integer) as i_repeat,
    {{ finite('"accuracy (top 1)"') }} as top1,
    {{ finite('"accuracy (top 5)"') }} as top5,
    {{ finite('MRR') }} as mrr,
    _load_id,
    _file,
    _row
from {{ source('encoder_dimensionality', 'n_shot') }}
