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
        cast(summaries.source_id as varchar) as source_id,
        cast(summaries.observer_id as varchar) as observer_id,
        cast(names.model_id as varchar) as model_id,
        cast(summaries.n_datasets as bigint) as n_datasets,
        cast(summaries.n_trials as bigint) as n_trials,
        cast(summaries.ood_accuracy as double) as ood_accuracy,
        cast(intervals.ood_accuracy_ci_low as double) as ood_accuracy_ci_low,
        cast(intervals.ood_accuracy_ci_high as double) as ood_accuracy_ci_high,
        cast(summaries.accuracy_difference as double) as accuracy_difference,
        cast(intervals.accuracy_difference_ci_low as double) as accuracy_difference_ci_low,
        cast(intervals.accuracy_difference_ci_high as double) as accuracy_difference_ci_high,
        cast(summaries.observed_consistency as double) as observed_consistency,
        cast(intervals.observed_consistency_ci_low as double) as observed_consistency_ci_low,
        cast(intervals.observed_consistency_ci_high as double) as observed_consistency_ci_high,
        cast(summaries.error_consistency as double) as error_consistency,
        cast(intervals.error_consistency_ci_low as double) as error_consistency_ci_low,
        cast(intervals.error_consistency_ci_high as double) as error_consistency_ci_high,
        cast(
            shape_biases.n_shape
            / nullif(shape_biases.n_shape + shape_biases.n_texture, 0) as double
        ) as shape_bias,
        cast(summaries.rank_accuracy_difference as double) as rank_accuracy_difference,
        cast(
            intervals.rank_accuracy_difference_ci_low as double
        ) as rank_accuracy_difference_ci_low,
        cast(
            intervals.rank_accuracy_difference_ci_high as double
        ) as rank_accuracy_difference_ci_high,
        cast(summaries.rank_observed_consistency as double) as rank_observed_consistency,
        cast(
            intervals.rank_observed_consistency_ci_low as double
        ) as rank_observed_consistency_ci_low,
        cast(
            intervals.rank_observed_consistency_ci_high as double
        ) as rank_observed_consistency_ci_high,
        cast(summaries.rank_error_consistency as double) as rank_error_consistency,
        cast(intervals.rank_error_consistency_ci_low as double) as rank_error_consistency_ci_low,
        cast(intervals.rank_error_consistency_ci_high as double) as rank_error_consistency_ci_high,
        cast(summaries.mean_rank as double) as mean_rank,
        cast(intervals.mean_rank_ci_low as double) as mean_rank_ci_low,
        cast(intervals.mean_rank_ci_high as double) as mean_rank_ci_high,
        cast(summaries.rank_ood_accuracy as double) as rank_ood_accuracy,
        cast(intervals.rank_ood_accuracy_ci_low as double) as rank_ood_accuracy_ci_low,
        cast(intervals.rank_ood_accuracy_ci_high as double) as rank_ood_accuracy_ci_high,
        cast(summaries.n_ranked as bigint) as n_ranked,
        cast(observers.is_broken as boolean) as is_broken,
        cast(observers.is_partial as boolean) as is_partial,
        cast(observers.duplicate_of as varchar) as duplicate_of
    from summaries
    left join intervals using (source_id, observer_id)
    inner join observers using (source_id, observer_id)
    left join shape_biases using (source_id, observer_id)
    left join names using (source_id, observer_id)
)

select * from final
