-- Who has trials on this machine. Nobody of them is compared or ranked with the published ones.
with trials as (select * from {{ ref('int_own_trials_placed') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

coverages as (
    select
        trials.source_id,
        dataset_id,
        trials.observer_id,
        trials.is_human,
        datasets.is_toolbox and count(*) >= datasets.n_images as is_whole,
        count(*) as n_trials,
        count(*) filter (where trials.response = 'na') as n_unanswered,
        count(*) filter (where trials.is_correct) as n_correct,
        count(*) filter (where trials.is_undistorted) as n_undistorted,
        count(*) filter (where trials.is_undistorted and trials.is_correct)
            as n_undistorted_correct
    from trials
    left join datasets using (dataset_id)
    group by
        trials.source_id, dataset_id, trials.observer_id, trials.is_human, datasets.n_images,
        datasets.is_toolbox
),

final as (
    select
        source_id,
        observer_id,
        case when is_human then dataset_id else 'all' end as dataset_scope,
        is_human,
        count(*) as n_datasets,
        count(*) filter (where is_whole) as n_toolbox_datasets,
        cast(sum(n_trials) as bigint) as n_trials,
        cast(sum(n_unanswered) as bigint) as n_unanswered,
        sum(n_correct) / sum(n_trials) as accuracy,
        cast(sum(n_undistorted) as bigint) as n_undistorted,
        sum(n_undistorted_correct) / nullif(sum(n_undistorted), 0) as accuracy_undistorted,
        false as is_broken,
        not is_human and count(*) filter (where is_whole) < 17 as is_partial,
        false as is_duplicate,
        false as is_ranked,
        'private: of this machine' as reason
    from coverages
    group by source_id, observer_id, dataset_scope, is_human
)

select * from final
