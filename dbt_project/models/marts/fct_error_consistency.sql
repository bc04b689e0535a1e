with pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
),

final as (
    select
        cast(dataset_id as varchar) as dataset_id,
        cast(condition as varchar) as condition,
        cast(is_excluded as boolean) as is_excluded,
        cast(pair_kind as varchar) as pair_kind,
        cast(source_a as varchar) as source_a,
        cast(observer_a as varchar) as observer_a,
        cast(source_b as varchar) as source_b,
        cast(observer_b as varchar) as observer_b,
        cast(n_shared as bigint) as n_trials,
        cast(n_correct_both as bigint) as n_correct_both,
        cast(accuracy_a as double) as accuracy_a,
        cast(accuracy_b as double) as accuracy_b,
        cast(observed_consistency as double) as observed_consistency,
        cast(expected_consistency as double) as expected_consistency,
        cast(error_consistency as double) as error_consistency,
        cast(standard_error as double) as standard_error,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high
    from pairs
)

select * from final
