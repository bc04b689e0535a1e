with trials as (
    select
        * exclude (published_condition, is_undistorted, age_group, repeats_source_id),
        false as is_private
    from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
    union all by name
    select
        * exclude (published_condition, is_undistorted, repeats_source_id),
        true as is_private
    from {{ ref('int_own_trials_placed') }}
),

models as (
    select
        source_id,
        observer_id,
        model_id
    from {{ ref('dim_observers') }}
    where not is_human
),

final as (
    select
        trials.* rename (_load_id as load_id, _file as source_file, _row as source_row),
        models.model_id
    from trials
    left join models using (source_id, observer_id)
)

select * from final
