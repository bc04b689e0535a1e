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
        ci_low,
        ci_high,
        n_splits,
        n_people,
        n_stimuli,
        unit,
        _load_id,
        _file,
        _row
    from source
)

select * from final
