-- One bit per image: a pair of observers is then a few bit operations. 2,048 places
-- hold the largest condition (1,600 images), DuckDB refuses a number beyond; the bits are then cut
-- to the number of images of the condition.
with trials as (
    select * from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
),

stimuli as (select * from {{ ref('int_trial_stimuli_numbered') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

packed as (
    select
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        trials.condition,
        bool_or(trials.is_human) as is_human,
        bool_or(datasets.is_by_age) as is_by_age,
        bool_or(trials.is_excluded) as is_excluded,
        bool_or(trials.is_undistorted) as is_undistorted,
        max(stimuli.n_stimuli) as n_stimuli,
        count(*) as n_trials,
        count(*) filter (where trials.is_correct) as n_correct,
        count(*) filter (where trials.response = 'na') as n_unanswered,
        bitstring_agg(stimuli.stimulus_number, 0, 2047) as seen,
        coalesce(
            bitstring_agg(stimuli.stimulus_number, 0, 2047) filter (where trials.is_correct),
            bitstring('0', 2048)
        ) as correct
    from trials
    inner join stimuli using (dataset_id, condition, image_key)
    inner join datasets using (dataset_id)
    group by trials.source_id, trials.dataset_id, trials.observer_id, trials.condition
),

final as (
    select
        * exclude (n_stimuli) replace (
            cast(left(cast(seen as varchar), n_stimuli) as bit) as seen,
            cast(left(cast(correct as varchar), n_stimuli) as bit) as correct
        ),
        cast(left(repeat('10', 1024), n_stimuli) as bit) as even
    from packed
)

select * from final
