-- pooling is only in the file's name: 'False' there is no pooling.
select
    'encoder_dimensionality_2022' as snapshot_id,
    {{ encoder_key() }} as source_model_key,
    source_model_key as source_model_name,
    layer,
    replace(regexp_extract(_file, 'pooling:([^|]+)', 1), 'False', 'none') as pooling,
    {{ finite('"effective dimensionality"') }} as effective_dimensionality,
    {{ finite('"80% variance"') }} as n_dims_80_variance,
    {{ finite('alpha') }} as alpha,
    _load_id,
    _file,
    _row
from {{ source('encoder_dimensionality', 'eigmetrics') }}
