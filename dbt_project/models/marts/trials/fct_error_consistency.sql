with pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
),

twins as (
    select * from {{ ref('int_observer_twins_detected') }}
),

final as (
    select
        pairs.dataset_id,
        pairs.condition,
        pairs.is_excluded,
        pairs.pair_kind,
        twins.source_a is not null as is_same_answers,
        pairs.source_a,
        pairs.observer_a,
        pairs.source_b,
        pairs.observer_b,
        cast(pairs.n_shared as bigint) as n_trials,
        cast(pairs.n_correct_both as bigint) as n_correct_both,
        pairs.accuracy_a,
        pairs.accuracy_b,
        pairs.observed_consistency,
        pairs.expected_consistency,
        pairs.error_consistency,
        pairs.standard_error,
        pairs.ci_low,
        pairs.ci_high
    from pairs
    left join twins using (source_a, observer_a, source_b, observer_b)
)

select * from final
