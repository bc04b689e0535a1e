with pairs as (
    select
        *,
        false as is_private
    from {{ ref('int_observer_pairs_estimated') }}
    union all by name
    select
        *,
        true as is_private
    from {{ ref('int_own_pairs_estimated') }}
),

twins as (select * from {{ ref('int_observer_twins_detected') }}),

final as (
    select
        pairs.* exclude (n_correct_a, n_correct_b) rename (n_shared as n_trials),
        twins.n_same is not null as is_same_answers
    from pairs
    left join twins using (source_a, observer_a, source_b, observer_b)
)

select * from final
