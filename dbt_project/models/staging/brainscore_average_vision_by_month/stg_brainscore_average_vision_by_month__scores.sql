select
    'brainscore_monthly_' || replace(column_name, '-', '_') as snapshot_id,
    model_id as source_model_key,
    -- the file has no names: identity goes through the numeric id
    '' as source_model_name,
    '' as variant_id,
    'average_vision_monthly' as benchmark_id,
    'average_vision' as published_benchmark,
    '' as benchmark_version,
    cast(null as double) as score_raw,
    -- 0 says that the submission did not exist yet
    nullif({{ finite('score_text') }}, 0) as score,
    cast(null as double) as error,
    if(score is null, 'never_run', 'scored') as state,
    if(score is null, 'zero', 'value') as state_evidence,
    _load_id,
    _file,
    _row
from {{ cells_of(
    source('brainscore_average_vision_by_month', 'all_aggregated_scores'), 'model_id'
) }}
