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
        cast(halves.source_id as varchar) as source_id,
        cast(halves.observer_id as varchar) as observer_id,
        cast(halves.is_human as boolean) as is_human,
        cast(halves.dataset_id as varchar) as dataset_id,
        cast(halves.condition as varchar) as condition,
        cast(halves.is_excluded as boolean) as is_excluded,
        cast(halves.n_trials as bigint) as n_trials,
        cast(halves.accuracy as double) as accuracy,
        cast(
            sqrt(halves.accuracy * (1 - halves.accuracy) / halves.n_trials) as double
        ) as standard_error,
        cast(halves.accuracy_even as double) as accuracy_even,
        cast(halves.accuracy_odd as double) as accuracy_odd,
        cast(halves.error_consistency_even as double) as error_consistency_even,
        cast(halves.error_consistency_odd as double) as error_consistency_odd,
        cast(subjects.subject_sd as double) as subject_sd
    from halves
    left join subjects using (dataset_id, condition)
)

select * from final
