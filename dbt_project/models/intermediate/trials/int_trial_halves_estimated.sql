-- Accuracy and error consistency with people on two balanced halves of the images of a condition
-- (even and odd stimulus numbers). A half needs 80 shared images, half of what a whole needs.
with decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
),

pairs as (
    select * from {{ ref('int_observer_pairs_counted') }}
    where pair_kind != 'model-model'
),

accuracies as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        is_human,
        is_excluded,
        n_trials,
        n_correct,
        bit_count(seen & even) as n_even,
        bit_count(correct & even) as n_even_correct
    from decisions
),

both_ways as (
    select
        *,
        source_a as source_id,
        observer_a as observer_id
    from pairs
    union all
    select
        *,
        source_b as source_id,
        observer_b as observer_id
    from pairs
    where pair_kind = 'human-human'
),

halves as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        n_even,
        n_even_a,
        n_even_b,
        n_even_both,
        n_shared - n_even as n_odd,
        n_correct_a - n_even_a as n_odd_a,
        n_correct_b - n_even_b as n_odd_b,
        n_correct_both - n_even_both as n_odd_both
    from both_ways
),

consistent as (
    select
        *,
        {{ observed_consistency('n_even', 'n_even_a', 'n_even_b', 'n_even_both') }}
            as observed_even,
        {{ expected_consistency('n_even', 'n_even_a', 'n_even_b') }} as expected_even,
        {{ observed_consistency('n_odd', 'n_odd_a', 'n_odd_b', 'n_odd_both') }} as observed_odd,
        {{ expected_consistency('n_odd', 'n_odd_a', 'n_odd_b') }} as expected_odd
    from halves
    where n_even >= 80 and n_odd >= 80
),

averaged as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        avg({{ error_consistency('observed_even', 'expected_even') }}) as error_consistency_even,
        avg({{ error_consistency('observed_odd', 'expected_odd') }}) as error_consistency_odd
    from consistent
    group by all
),

final as (
    select
        accuracies.source_id,
        accuracies.observer_id,
        accuracies.dataset_id,
        accuracies.condition,
        accuracies.is_human,
        accuracies.is_excluded,
        accuracies.n_trials,
        accuracies.n_correct / accuracies.n_trials as accuracy,
        accuracies.n_even_correct / nullif(accuracies.n_even, 0) as accuracy_even,
        (accuracies.n_correct - accuracies.n_even_correct)
        / nullif(accuracies.n_trials - accuracies.n_even, 0) as accuracy_odd,
        averaged.error_consistency_even,
        averaged.error_consistency_odd
    from accuracies
    left join averaged using (source_id, observer_id, dataset_id, condition)
)

select * from final
