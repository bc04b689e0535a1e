-- A model's key is the name that aw compute was given. The plain variant is the penultimate layer
-- under cosine distance.
select
    'compute_2026_11' as snapshot_id,
    model_name as source_model_key,
    model_name as source_model_name,
    case
        when layer = 'penultimate' and distance = 'cosine' then ''
        when layer = 'penultimate' then distance
        else layer || ', ' || distance
    end as variant_id,
    'alignment.' || stimulus_set_id || '.' || target || '.' || metric as benchmark_id,
    metric as published_benchmark,
    '' as benchmark_version,
    estimate as score_raw,
    estimate as score,
    cast(null as double) as error,
    case when estimate is null then 'failed' else 'scored' end as state,
    case when estimate is null then 'no variation' else 'value' end as state_evidence,
    * exclude (model_name, estimate)
from {{ source('compute', 'alignments') }}
