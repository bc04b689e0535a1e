with subjects as (
    select * from {{ ref('int_subjects_compared') }}
),

final as (
    select
        source_id,
        dataset_id,
        observer_id,
        cast(n_trials as bigint) as n_trials,
        ood_accuracy,
        n_others,
        accuracy_difference,
        observed_consistency,
        error_consistency
    from subjects
)

select * from final
