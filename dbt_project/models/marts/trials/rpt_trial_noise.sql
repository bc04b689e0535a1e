with halves as (
    select * from {{ ref('int_trial_halves_estimated') }}
),

subjects as (
    select
        dataset_id,
        condition,
        stddev_samp(accuracy) as subject_sd
    from halves
    where is_human
    group by all
),

final as (
    select
        halves.source_id,
        halves.observer_id,
        halves.is_human,
        halves.dataset_id,
        halves.condition,
        halves.is_excluded,
        halves.n_trials,
        halves.accuracy,
        sqrt(halves.accuracy * (1 - halves.accuracy) / halves.n_trials) as standard_error,
        halves.accuracy_even,
        halves.accuracy_odd,
        halves.error_consistency_even,
        halves.error_consistency_odd,
        subjects.subject_sd
    from halves
    left join subjects using (dataset_id, condition)
)

select * from final
