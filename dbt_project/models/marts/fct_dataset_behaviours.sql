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
        cast(behaviours.accuracy_difference as double) as accuracy_difference,
        cast(behaviours.observed_consistency as double) as observed_consistency,
        cast(behaviours.error_consistency as double) as error_consistency,
        cast(behaviours.accuracy_all_conditions as double) as accuracy_all_conditions,
        cast(
            behaviours.error_consistency_all_conditions as double
        ) as error_consistency_all_conditions
    from behaviours
    left join names
        on
            behaviours.source_id = names.source_id
            and behaviours.observer_id = names.observer_id
)

select * from final
