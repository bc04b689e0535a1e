with summaries as (
    select * from {{ ref('int_behaviours_summarised') }}
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human
),

shape_biases as (
    select * from {{ ref('int_shape_biases_counted') }}
    where is_all_categories
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
        cast(summaries.source_id as varchar) as source_id,
        cast(summaries.observer_id as varchar) as observer_id,
        cast(names.model_id as varchar) as model_id,
        cast(summaries.n_datasets as bigint) as n_datasets,
        cast(summaries.ood_accuracy as double) as ood_accuracy,
        cast(summaries.accuracy_difference as double) as accuracy_difference,
        cast(summaries.observed_consistency as double) as observed_consistency,
        cast(summaries.error_consistency as double) as error_consistency,
        cast(
            shape_biases.n_shape
            / nullif(shape_biases.n_shape + shape_biases.n_texture, 0) as double
        ) as shape_bias,
        cast(summaries.rank_accuracy_difference as double) as rank_accuracy_difference,
        cast(summaries.rank_observed_consistency as double) as rank_observed_consistency,
        cast(summaries.rank_error_consistency as double) as rank_error_consistency,
        cast(summaries.mean_rank as double) as mean_rank,
        cast(summaries.rank_ood_accuracy as double) as rank_ood_accuracy,
        cast(summaries.n_ranked as bigint) as n_ranked,
        cast(observers.is_broken as boolean) as is_broken,
        cast(observers.is_partial as boolean) as is_partial,
        cast(observers.duplicate_of as varchar) as duplicate_of
    from summaries
    inner join observers
        on
            summaries.source_id = observers.source_id
            and summaries.observer_id = observers.observer_id
    left join shape_biases
        on
            summaries.source_id = shape_biases.source_id
            and summaries.observer_id = shape_biases.observer_id
    left join names
        on
            summaries.source_id = names.source_id
            and summaries.observer_id = names.observer_id
)

select * from final
