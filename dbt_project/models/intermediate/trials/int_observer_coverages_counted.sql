-- What each observer did in each dataset, as published: the repeated people are counted here too.
with trials as (select * from {{ ref('int_trials_unioned') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

counted as (
    select
        source_id,
        dataset_id,
        observer_id,
        is_human,
        repeats_source_id,
        count(*) as n_trials,
        count(*) filter (where response = 'na') as n_unanswered,
        count(*) filter (where is_correct) as n_correct,
        count(*) filter (where is_excluded) as n_excluded,
        count(*) filter (where is_undistorted) as n_undistorted,
        count(*) filter (where is_undistorted and is_correct) as n_undistorted_correct
    from trials
    group by all
),

final as (
    select
        counted.*,
        datasets.n_images,
        datasets.is_toolbox,
        coalesce(counted.n_trials < datasets.n_images, false) as is_partial
    from counted
    left join datasets using (dataset_id)
)

select * from final
