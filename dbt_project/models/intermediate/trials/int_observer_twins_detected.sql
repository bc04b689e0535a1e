-- Models that answer alike, found in the answers themselves: candidates are right on the same
-- images (at most 1 in 1,000 differ), and at least 999 of 1,000 shared answers are the same word.
with pairs as (
    select * from {{ ref('int_observer_pairs_counted') }}
    where pair_kind = 'model-model'
),

trials as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        image_key,
        response
    from {{ ref('int_trials_unioned') }}
    where not is_human
),

candidates as (
    select
        source_a,
        observer_a,
        source_b,
        observer_b
    from pairs
    group by all
    having
        sum(n_shared) >= 160
        and sum(n_correct_a + n_correct_b - 2 * n_correct_both) <= .001 * sum(n_shared)
),

named as (
    select
        source_a as source_id,
        observer_a as observer_id
    from candidates
    union all
    select
        source_b as source_id,
        observer_b as observer_id
    from candidates
),

answers as (
    select trials.*
    from trials
    semi join named using (source_id, observer_id)
),

compared as (
    select
        candidates.source_a,
        candidates.observer_a,
        candidates.source_b,
        candidates.observer_b,
        count(*) as n_shared,
        count(*) filter (where a.response = b.response) as n_same
    from candidates
    inner join answers as a
        on candidates.source_a = a.source_id and candidates.observer_a = a.observer_id
    inner join answers as b
        on
            candidates.source_b = b.source_id
            and candidates.observer_b = b.observer_id
            and a.dataset_id = b.dataset_id
            and a.condition = b.condition
            and a.image_key = b.image_key
    group by all
),

final as (
    select * from compared
    where n_same >= .999 * n_shared
)

select * from final
