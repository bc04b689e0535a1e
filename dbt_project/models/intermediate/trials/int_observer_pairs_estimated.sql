-- Error consistency of every pair, per condition and, as condition 'all', over the
-- trials of all conditions that the toolbox keeps. Fewer than 160 shared images give no estimate.
with pairs as (
    select * from {{ ref('int_observer_pairs_counted') }}
),

pooled as (
    select
        dataset_id,
        'all' as condition,
        false as is_excluded,
        pair_kind,
        source_a,
        observer_a,
        source_b,
        observer_b,
        sum(n_shared) as n_shared,
        sum(n_correct_a) as n_correct_a,
        sum(n_correct_b) as n_correct_b,
        sum(n_correct_both) as n_correct_both
    from pairs
    where not is_excluded
    group by all
),

counted as (
    select
        dataset_id,
        condition,
        is_excluded,
        pair_kind,
        source_a,
        observer_a,
        source_b,
        observer_b,
        n_shared,
        n_correct_a,
        n_correct_b,
        n_correct_both
    from pairs
    union all
    select * from pooled
),

consistent as (
    select
        *,
        case when n_shared >= 160 then n_correct_a / n_shared end as accuracy_a,
        case when n_shared >= 160 then n_correct_b / n_shared end as accuracy_b,
        case
            when n_shared >= 160 then
                {{ observed_consistency(
                    'n_shared', 'n_correct_a', 'n_correct_b', 'n_correct_both'
                ) }}
        end as observed_consistency,
        case
            when n_shared >= 160 then
                {{ expected_consistency('n_shared', 'n_correct_a', 'n_correct_b') }}
        end as expected_consistency
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
        *,
        greatest(error_consistency - 1.959963984540054 * standard_error, -1) as ci_low,
        least(error_consistency + 1.959963984540054 * standard_error, 1) as ci_high
    from erred
)

select * from final
