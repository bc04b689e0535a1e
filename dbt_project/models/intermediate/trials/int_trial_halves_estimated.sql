-- Accuracy and error consistency with people of each model, on two balanced halves of the images of
-- a condition that the toolbox keeps (even and odd stimulus numbers). A half needs 80 shared
-- images, half of what a whole needs.
with decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    where not is_human and not is_excluded and not is_by_age
),

pairs as (
    select * from {{ ref('int_observer_pairs_counted') }}
    where pair_kind = 'model-human' and not is_excluded
),

accuracies as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        bit_count(correct & even) / nullif(bit_count(seen & even), 0) as accuracy_even,
        (n_correct - bit_count(correct & even)) / nullif(n_trials - bit_count(seen & even), 0)
            as accuracy_odd
    from decisions
),

halves as (
    select
        *,
        n_shared - n_even as n_odd,
        n_correct_a - n_even_a as n_odd_a,
        n_correct_b - n_even_b as n_odd_b,
        n_correct_both - n_even_both as n_odd_both
    from pairs
    where n_even >= 80 and n_odd >= 80
),

consistent as (
    select
        *
        {%- for half in ['even', 'odd'] %}
        {%- set n, a, b, both = (
            'n_' ~ half, 'n_' ~ half ~ '_a', 'n_' ~ half ~ '_b', 'n_' ~ half ~ '_both'
        ) %},
        {{ observed_consistency(n, a, b, both) }} as observed_{{ half }},
        {{ expected_consistency(n, a, b) }} as expected_{{ half }},
        {{ averaged_consistency(
            'observed_' ~ half, error_consistency('observed_' ~ half, 'expected_' ~ half)
        ) }} as consistency_{{ half }}
        {%- endfor %}
    from halves
),

averaged as (
    select
        source_a as source_id,
        observer_a as observer_id,
        dataset_id,
        condition,
        avg(consistency_even order by source_b, observer_b) as error_consistency_even,
        avg(consistency_odd order by source_b, observer_b) as error_consistency_odd
    from consistent
    group by all
),

final as (
    select *
    from accuracies
    left join averaged using (source_id, observer_id, dataset_id, condition)
)

select * from final
