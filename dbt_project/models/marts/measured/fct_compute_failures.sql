with failures as (
    select * from {{ ref('stg_compute__failures') }}
),

final as (
    select
        failures.snapshot_id,
        failures.source_model_key,
        failures.stimulus_set_id,
        failures.layer,
        failures.error_type,
        failures.message,
        failures._load_id as load_id,
        failures._file as source_file,
        failures._row as source_row
    from failures
)

select * from final
