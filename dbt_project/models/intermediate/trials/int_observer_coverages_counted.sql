-- What each observer did in each dataset, as published: the repeated people are counted here too.
with trials as (select * from {{ ref('int_trials_unioned') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

final as (
    select
        trials.source_id,
        dataset_id,
        trials.observer_id,
        trials.is_human,
        trials.age_group,
        trials.repeats_source_id,
        datasets.n_images,
        datasets.is_toolbox,
        count(*) as n_trials,
        coalesce(count(*) < datasets.n_images, false) as is_partial,
        count(*) filter (where trials.response = 'na') as n_unanswered,
        count(*) filter (where trials.is_correct) as n_correct,
        count(*) filter (where trials.is_excluded) as n_excluded,
        count(*) filter (where trials.is_undistorted) as n_undistorted,
        count(*) filter (where trials.is_undistorted and trials.is_correct)
            as n_undistorted_correct
    from trials
    left join datasets using (dataset_id)
    group by
        trials.source_id, dataset_id, trials.observer_id, trials.is_human,
        trials.age_group, trials.repeats_source_id, datasets.n_images, datasets.is_toolbox
)

select * from final
