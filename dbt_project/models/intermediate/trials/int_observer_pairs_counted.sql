-- Every pair of observers of a dataset and condition, models first, by bit operations. Counts of
-- the even images serve the split halves. Pairs are joined by whole numbers: text takes twice as
-- long.
with decisions as (
    select
        *,
        dense_rank() over (order by dataset_id, condition) as cell,
        row_number() over (order by is_human, source_id, observer_id, dataset_id, condition)
            as place
    from {{ ref('int_observer_decisions_packed') }}
),

overlapped as (
    select
        a.dataset_id,
        a.condition,
        a.is_excluded,
        a.source_id as source_a,
        a.observer_id as observer_a,
        a.is_human as is_human_a,
        b.source_id as source_b,
        b.observer_id as observer_b,
        b.is_human as is_human_b,
        a.seen & b.seen as seen,
        a.correct & b.seen as correct_a,
        b.correct & a.seen as correct_b,
        a.even
    from decisions as a
    inner join decisions as b
        on
            a.cell = b.cell
            and a.place < b.place
),

final as (
    select
        * exclude (seen, correct_a, correct_b, even),
        case
            when is_human_a and is_human_b then 'human-human'
            when is_human_a or is_human_b then 'model-human'
            else 'model-model'
        end as pair_kind,
        bit_count(seen) as n_shared,
        bit_count(correct_a) as n_correct_a,
        bit_count(correct_b) as n_correct_b,
        bit_count(correct_a & correct_b) as n_correct_both,
        bit_count(seen & even) as n_even,
        bit_count(correct_a & even) as n_even_a,
        bit_count(correct_b & even) as n_even_b,
        bit_count(correct_a & correct_b & even) as n_even_both
    from overlapped
    where bit_count(seen) > 0
)

select * from final
