with trials as (
    select * exclude (published_condition, is_undistorted, age_group, repeats_source_id)
    from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
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
