with source as (
    select * from {{ source('compute', 'control_differences') }}
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        model_name as source_model_key,
        stimulus_set_id,
        target,
        layer,
        distance,
        metric,
        architecture,
        n_controls,
        control_mean,
        control_sd,
        control_max,
        estimate,
        ci_low,
        ci_high,
        n_stimuli,
        n_resamples,
        weights_sha256,
        _load_id,
        _file,
        _row
    from source
)

select * from final
