select
    'compute_2026_11' as snapshot_id,
    model_name as source_model_key,
    model_name as source_model_name,
    case when layer = 'penultimate' then '' else layer || ', ' end || 'seed ' || seed
        as variant_id,
    'probe.' || dataset_id || '.' || head || '.' || n_shots || '-shot' as benchmark_id,
    head as published_benchmark,
    '' as benchmark_version,
    accuracy as score_raw,
    accuracy as score,
    cast(null as double) as error,
    case when accuracy is null then 'failed' else 'scored' end as state,
    case when accuracy is null then 'no accuracy' else 'value' end as state_evidence,
    * exclude (model_name, accuracy) rename (converged as is_converged, objective as loss)
from {{ source('compute', 'probe_results') }}
