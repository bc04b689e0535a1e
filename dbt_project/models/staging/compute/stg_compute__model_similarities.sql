with source as (
    select * from {{ source('compute', 'model_similarities') }}
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        model_name_a as source_model_key_a,
        model_name_b as source_model_key_b,
        stimulus_set_id,
        layer,
        metric,
        estimate,
        ci_low,
        ci_high,
        n_stimuli,
        n_resamples,
        _load_id,
        _file,
        _row
    from source
)

select * from final
