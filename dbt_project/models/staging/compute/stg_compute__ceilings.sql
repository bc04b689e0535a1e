with source as (
    select * from {{ source('compute', 'ceilings') }}
),

final as (
    select
        stimulus_set_id,
        target,
        metric,
        method,
        estimate,
        n_people,
        n_stimuli,
        unit,
        _load_id,
        _file,
        _row
    from source
)

select * from final
