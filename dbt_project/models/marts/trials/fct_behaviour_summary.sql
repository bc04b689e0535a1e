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
        summaries.source_id,
        summaries.observer_id,
        names.model_id,
        summaries.n_datasets,
        cast(summaries.n_trials as bigint) as n_trials,
        summaries.ood_accuracy,
        intervals.ood_accuracy_ci_low,
        intervals.ood_accuracy_ci_high,
        summaries.accuracy_difference,
        intervals.accuracy_difference_ci_low,
        intervals.accuracy_difference_ci_high,
        summaries.observed_consistency,
        intervals.observed_consistency_ci_low,
        intervals.observed_consistency_ci_high,
        summaries.error_consistency,
        intervals.error_consistency_ci_low,
        intervals.error_consistency_ci_high,
        shape_biases.n_shape
        / nullif(shape_biases.n_shape + shape_biases.n_texture, 0) as shape_bias,
        summaries.rank_accuracy_difference,
        intervals.rank_accuracy_difference_ci_low,
        intervals.rank_accuracy_difference_ci_high,
        summaries.rank_observed_consistency,
        intervals.rank_observed_consistency_ci_low,
        intervals.rank_observed_consistency_ci_high,
        summaries.rank_error_consistency,
        intervals.rank_error_consistency_ci_low,
        intervals.rank_error_consistency_ci_high,
        summaries.mean_rank,
        intervals.mean_rank_ci_low,
        intervals.mean_rank_ci_high,
        summaries.rank_ood_accuracy,
        intervals.rank_ood_accuracy_ci_low,
        intervals.rank_ood_accuracy_ci_high,
        summaries.n_ranked,
        observers.is_broken,
        observers.is_partial,
        observers.duplicate_of
    from summaries
    left join intervals using (source_id, observer_id)
    inner join observers using (source_id, observer_id)
    left join shape_biases using (source_id, observer_id)
    left join names using (source_id, observer_id)
)

select * from final
