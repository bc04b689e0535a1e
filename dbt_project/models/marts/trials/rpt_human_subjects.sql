with subjects as (
    select * from {{ ref('int_subjects_compared') }}
),

final as (
    select
        cast(source_id as varchar) as source_id,
        cast(dataset_id as varchar) as dataset_id,
        cast(observer_id as varchar) as observer_id,
        cast(n_trials as bigint) as n_trials,
        cast(ood_accuracy as double) as ood_accuracy,
        cast(n_others as bigint) as n_others,
        cast(accuracy_difference as double) as accuracy_difference,
        cast(observed_consistency as double) as observed_consistency,
        cast(error_consistency as double) as error_consistency
    from subjects
)

select * from final
