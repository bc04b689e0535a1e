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
        dataset_id,
        condition,
        position,
        strength,
        is_excluded,
        is_undistorted,
        spellings
    from conditions
)

select * from final
