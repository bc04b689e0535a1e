with conditions as (
    select
        dataset_id,
        condition,
        min(position) as position,
        min(strength) as strength,
        bool_or(is_excluded) as is_excluded,
        bool_or(is_undistorted) as is_undistorted,
        string_agg(published_condition, ', ' order by published_condition) as spellings
    from {{ ref('trial_conditions') }}
    group by dataset_id, condition
),

final as (
    select
        cast(dataset_id as varchar) as dataset_id,
        cast(condition as varchar) as condition,
        cast(position as bigint) as position,
        cast(strength as double) as strength,
        cast(is_excluded as boolean) as is_excluded,
        cast(is_undistorted as boolean) as is_undistorted,
        cast(spellings as varchar) as spellings
    from conditions
)

select * from final
