select
    'added' as snapshot_id,
    model as source_model_key,
    model as source_model_name,
    split_part(_file, '/', 2) as variant_id,
    benchmark_id,
    benchmark_id as published_benchmark,
    '' as benchmark_version,
    cast(score as double) as score_raw,
    cast(score as double) as score,
    cast(nullif(error, '') as double) as error,
    'scored' as state,
    'value' as state_evidence,
    _load_id,
    _file,
    _row
from {{ source('own', 'scores') }}
