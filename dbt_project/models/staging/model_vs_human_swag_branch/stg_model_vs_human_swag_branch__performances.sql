with source as (
    select * from {{ source('model_vs_human_swag_branch', 'performances') }}
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
