-- Error consistency of every pair, per condition and, as condition 'all', over the
-- trials of all conditions that the toolbox keeps. Fewer than 160 shared images give no estimate.
with pairs as (
    select * from {{ ref('int_observer_pairs_counted') }}
),

counted as (
    select * exclude (is_human_a, is_human_b, n_even, n_even_a, n_even_b, n_even_both)
    from pairs
    union all by name
    select
        dataset_id,
        'all' as condition,
        false as is_excluded,
        pair_kind,
        source_a,
        observer_a,
        source_b,
        observer_b,
        cast(sum(n_shared) as bigint) as n_shared,
        cast(sum(n_correct_a) as bigint) as n_correct_a,
        cast(sum(n_correct_b) as bigint) as n_correct_b,
        cast(sum(n_correct_both) as bigint) as n_correct_both
    from pairs
    where not is_excluded
    group by all
),

consistent as (
    select
        *,
        if(n_shared >= 160, n_shared, null) as n,
        n_correct_a / n as accuracy_a,
        n_correct_b / n as accuracy_b,
        {{ observed_consistency('n', 'n_correct_a', 'n_correct_b', 'n_correct_both') }}
            as observed_consistency,
        {{ expected_consistency('n', 'n_correct_a', 'n_correct_b') }} as expected_consistency
    from counted
),

estimated as (
    select
        *,
        {{ error_consistency('observed_consistency', 'expected_consistency') }}
            as error_consistency
    from consistent
),

-- an observer that is always right or always wrong leaves kappa 0 without any error to estimate
erred as (
    select
        *,
        case
            when n_correct_a not in (0, n_shared) and n_correct_b not in (0, n_shared)
                then
                    {{ kappa_standard_error(
                        'error_consistency',
                        'expected_consistency',
                        'n_shared',
                        '(n_correct_both / n_shared)',
                        '((n_correct_a - n_correct_both) / n_shared)',
                        '((n_correct_b - n_correct_both) / n_shared)',
                        '((n_shared - n_correct_a - n_correct_b + n_correct_both) / n_shared)'
                    ) }}
        end as standard_error
    from estimated
),

final as (
    select
        * exclude (n),
        greatest(error_consistency - 1.959963984540054 * standard_error, -1) as ci_low,
        least(error_consistency + 1.959963984540054 * standard_error, 1) as ci_high
    from erred
)

select * from final
