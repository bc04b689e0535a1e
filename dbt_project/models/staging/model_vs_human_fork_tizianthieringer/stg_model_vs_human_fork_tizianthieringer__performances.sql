with source as (
    select * from {{ source('model_vs_human_fork_tizianthieringer', 'performances') }}
),

final as (
    select
        subj as observer_id,
        dataset_name as dataset_id,
        metric_name,
        {{ finite('performance') }} as performance,
        _load_id,
        _file,
        _row
    from source
)

select * from final
