with pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
),

twins as (
    select * from {{ ref('int_observer_twins_detected') }}
),

final as (
    select
        cast(pairs.dataset_id as varchar) as dataset_id,
        cast(pairs.condition as varchar) as condition,
        cast(pairs.is_excluded as boolean) as is_excluded,
        cast(pairs.pair_kind as varchar) as pair_kind,
        cast(twins.source_a is not null as boolean) as is_same_answers,
        cast(pairs.source_a as varchar) as source_a,
        cast(pairs.observer_a as varchar) as observer_a,
        cast(pairs.source_b as varchar) as source_b,
        cast(pairs.observer_b as varchar) as observer_b,
        cast(pairs.n_shared as bigint) as n_trials,
        cast(pairs.n_correct_both as bigint) as n_correct_both,
        cast(pairs.accuracy_a as double) as accuracy_a,
        cast(pairs.accuracy_b as double) as accuracy_b,
        cast(pairs.observed_consistency as double) as observed_consistency,
        cast(pairs.expected_consistency as double) as expected_consistency,
        cast(pairs.error_consistency as double) as error_consistency,
        cast(pairs.standard_error as double) as standard_error,
        cast(pairs.ci_low as double) as ci_low,
        cast(pairs.ci_high as double) as ci_high
    from pairs
    left join twins using (source_a, observer_a, source_b, observer_b)
)

select * from final
