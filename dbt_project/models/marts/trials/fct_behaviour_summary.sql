with summaries as (
    select * from {{ ref('int_behaviours_summarised') }}
    union all by name
    select *
    from ({{ summarised_behaviours(ref('int_own_behaviours_averaged')) | indent(8) }}) as own
),

observers as (
    select * from {{ ref('dim_observers') }}
    where not is_human
),

shape_biases as (
    select * from {{ ref('int_shape_biases_counted') }}
    union all by name
    select * from {{ ref('int_own_shapes_counted') }}
),

screened as (
    select * from {{ ref('int_observer_datasets_screened') }}
    where dataset_id = 'all'
),

resampled as (
    select * from {{ ref('int_behaviours_resampled') }}
    where dataset_id = 'all'
),

intervals as (
    pivot resampled
    on measure in (
        'ood_accuracy',
        'accuracy_difference',
        'observed_consistency',
        'error_consistency',
        'rank_accuracy_difference',
        'rank_observed_consistency',
        'rank_error_consistency',
        'mean_rank',
        'rank_ood_accuracy'
    )
    using max(ci_low) as ci_low, max(ci_high) as ci_high
    group by source_id, observer_id
),

final as (
    select
        summaries.*,
        intervals.* exclude (source_id, observer_id),
        shape_biases.n_shape / nullif(shape_biases.n_shape + shape_biases.n_texture, 0)
            as shape_bias,
        observers.model_id,
        observers.observer_name,
        observers.is_broken,
        observers.is_partial,
        observers.duplicate_of,
        observers.is_private,
        observers.n_toolbox_datasets / 17 as coverage,
        not observers.is_private and screened.left_out_because is null as is_comparable,
        if(observers.is_private, observers.reason, screened.left_out_because) as left_out_because
    from summaries
    inner join observers using (source_id, observer_id)
    left join screened using (source_id, observer_id)
    left join intervals using (source_id, observer_id)
    left join shape_biases
        on
            summaries.source_id = shape_biases.source_id
            and summaries.observer_id = shape_biases.observer_id
            and shape_biases.is_all_categories
            and shape_biases.dataset_id = 'cue-conflict'
)

select * from final
