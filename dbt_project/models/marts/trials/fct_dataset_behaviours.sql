with behaviours as (
    select * from {{ ref('int_dataset_behaviours_averaged') }}
),

names as (
    select
        source_id,
        source_model_key as observer_id,
        model_id
    from {{ ref('int_model_names_resolved') }}
    where namespace = 'toolbox'
),

resampled as (
    select * from {{ ref('int_behaviours_resampled') }}
    where dataset_id != 'all'
),

intervals as (
    pivot resampled
    on measure in (
        'ood_accuracy',
        'accuracy_difference',
        'observed_consistency',
        'error_consistency'
    )
    using max(ci_low) as ci_low, max(ci_high) as ci_high
    group by source_id, observer_id, dataset_id
),

final as (
    select
        cast(behaviours.source_id as varchar) as source_id,
        cast(behaviours.observer_id as varchar) as observer_id,
        cast(names.model_id as varchar) as model_id,
        cast(behaviours.dataset_id as varchar) as dataset_id,
        cast(behaviours.n_trials as bigint) as n_trials,
        cast(behaviours.n_subjects as bigint) as n_subjects,
        cast(behaviours.n_conditions as bigint) as n_kept_conditions,
        cast(behaviours.ood_accuracy as double) as ood_accuracy,
        cast(intervals.ood_accuracy_ci_low as double) as ood_accuracy_ci_low,
        cast(intervals.ood_accuracy_ci_high as double) as ood_accuracy_ci_high,
        cast(behaviours.accuracy_difference as double) as accuracy_difference,
        cast(intervals.accuracy_difference_ci_low as double) as accuracy_difference_ci_low,
        cast(intervals.accuracy_difference_ci_high as double) as accuracy_difference_ci_high,
        cast(behaviours.observed_consistency as double) as observed_consistency,
        cast(intervals.observed_consistency_ci_low as double) as observed_consistency_ci_low,
        cast(intervals.observed_consistency_ci_high as double) as observed_consistency_ci_high,
        cast(behaviours.error_consistency as double) as error_consistency,
        cast(intervals.error_consistency_ci_low as double) as error_consistency_ci_low,
        cast(intervals.error_consistency_ci_high as double) as error_consistency_ci_high,
        cast(behaviours.accuracy_all_conditions as double) as accuracy_all_conditions,
        cast(
            behaviours.error_consistency_all_conditions as double
        ) as error_consistency_all_conditions
    from behaviours
    left join intervals using (source_id, observer_id, dataset_id)
    left join names using (source_id, observer_id)
)

select * from final
