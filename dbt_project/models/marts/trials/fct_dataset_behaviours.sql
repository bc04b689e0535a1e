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
        behaviours.source_id,
        behaviours.observer_id,
        names.model_id,
        behaviours.dataset_id,
        cast(behaviours.n_trials as bigint) as n_trials,
        behaviours.n_subjects,
        behaviours.n_conditions as n_kept_conditions,
        behaviours.ood_accuracy,
        intervals.ood_accuracy_ci_low,
        intervals.ood_accuracy_ci_high,
        behaviours.accuracy_difference,
        intervals.accuracy_difference_ci_low,
        intervals.accuracy_difference_ci_high,
        behaviours.observed_consistency,
        intervals.observed_consistency_ci_low,
        intervals.observed_consistency_ci_high,
        behaviours.error_consistency,
        intervals.error_consistency_ci_low,
        intervals.error_consistency_ci_high,
        behaviours.accuracy_all_conditions,
        behaviours.error_consistency_all_conditions
    from behaviours
    left join intervals using (source_id, observer_id, dataset_id)
    left join names using (source_id, observer_id)
)

select * from final
