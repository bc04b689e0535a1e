with source as (
    select * from {{ source('compute', 'failures') }}
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        model_name as source_model_key,
        stimulus_set_id,
        layer,
        error as error_type,
        message,
        _load_id,
        _file,
        _row
    from source
)

select * from final
