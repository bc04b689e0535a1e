with failures as (
    select * from {{ ref('stg_compute__failures') }}
),

final as (
    select
        cast(failures.snapshot_id as varchar) as snapshot_id,
        cast(failures.source_model_key as varchar) as source_model_key,
        cast(failures.stimulus_set_id as varchar) as stimulus_set_id,
        cast(failures.layer as varchar) as layer,
        cast(failures.error_type as varchar) as error_type,
        cast(failures.message as varchar) as message,
        cast(failures._load_id as varchar) as load_id,
        cast(failures._file as varchar) as source_file,
        cast(failures._row as bigint) as source_row
    from failures
)

select * from final
