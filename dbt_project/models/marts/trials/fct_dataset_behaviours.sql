with behaviours as (
    select * rename (n_conditions as n_kept_conditions)
    from {{ ref('int_dataset_behaviours_averaged') }}
    union all by name
    select * rename (n_conditions as n_kept_conditions)
    from {{ ref('int_own_behaviours_averaged') }}
),

observers as (
    select * from {{ ref('dim_observers') }}
    where not is_human
),

screened as (select * from {{ ref('int_observer_datasets_screened') }}),

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
        behaviours.*,
        intervals.* exclude (source_id, observer_id, dataset_id),
        observers.model_id,
        observers.observer_name,
        observers.is_private,
        not observers.is_private and screened.left_out_because is null as is_comparable,
        if(observers.is_private, observers.reason, screened.left_out_because) as left_out_because
    from behaviours
    left join screened using (source_id, observer_id, dataset_id)
    left join intervals using (source_id, observer_id, dataset_id)
    inner join observers using (source_id, observer_id)
)

select * from final
