-- A model's key is the name that aw compute was given. The plain variant is the penultimate layer
-- under cosine distance.
with source as (
    select * from {{ source('compute', 'alignments') }}
),

final as (
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
        _load_id,
        _file,
        _row,
        stimulus_set_id,
        target,
        layer,
        distance,
        metric,
        ci_low,
        ci_high,
        ci_low_people,
        ci_high_people,
        people_interval,
        n_stimuli,
        n_compared,
        n_people,
        n_resamples,
        is_derived,
        is_control,
        weights_sha256
    from source
)

select * from final
