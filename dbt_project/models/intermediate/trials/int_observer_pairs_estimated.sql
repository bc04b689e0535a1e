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
            as error_consistency,
        n * (1 - accuracy_a) * (1 - accuracy_b) < 5 as is_near_ceiling
    from consistent
),

-- The interval is that of the table with one more image in each of its four cells: where few images
-- are missed by both, the error of the table as it is comes out far too small.
widened as (
    select
        *,
        n + 4 as more,
        {{ observed_consistency('more', '(n_correct_a + 2)', '(n_correct_b + 2)',
            '(n_correct_both + 1)') }} as more_observed,
        {{ expected_consistency('more', '(n_correct_a + 2)', '(n_correct_b + 2)') }}
            as more_expected,
        {{ error_consistency('more_observed', 'more_expected') }} as centre,
        {{ kappa_standard_error(
            'centre',
            'more_expected',
            'more',
            '((n_correct_both + 1) / more)',
            '((n_correct_a - n_correct_both + 1) / more)',
            '((n_correct_b - n_correct_both + 1) / more)',
            '((n - n_correct_a - n_correct_b + n_correct_both + 1) / more)'
        ) }} as standard_error
    from estimated
),

-- least() and greatest() skip a null: without an estimate they would still give limits
final as (
    select
        * exclude (n, more, more_observed, more_expected, centre),
        case
            when error_consistency is not null
                then greatest(
                    least(centre - 1.959963984540054 * standard_error, error_consistency), -1
                )
        end as ci_low,
        case
            when error_consistency is not null
                then least(
                    greatest(centre + 1.959963984540054 * standard_error, error_consistency), 1
                )
        end as ci_high
    from widened
)

select * from final
