-- Models that answer alike, found in the answers themselves: at least 999 of 1,000 shared answers
-- are the same word. To compare every two would take a time that grows with their square. So the
-- answers to a half of a dataset are told apart by one number: of two that saw the same images, in
-- halves of fewer than 1,000, at least one half is the same, and no more differ than answers do.
with trials as not materialized (
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

halves as (
    select
        source_id,
        observer_id,
        dataset_id,
        hash(image_key) % 2 as half,
        count(*) as n_answers,
        bit_xor(hash(condition, image_key, response)) as answers
    from trials
    group by all
),

alike as (
    select
        a.source_id as source_a,
        a.observer_id as observer_a,
        b.source_id as source_b,
        b.observer_id as observer_b
    from halves as a
    inner join halves as b using (dataset_id, half, n_answers, answers)
    where (a.source_id, a.observer_id) < (b.source_id, b.observer_id)
    group by all
),

candidates as (
    select alike.*
    from alike
    inner join halves as a
        on alike.source_a = a.source_id and alike.observer_a = a.observer_id
    inner join halves as b
        on
            alike.source_b = b.source_id
            and alike.observer_b = b.observer_id
            and a.dataset_id = b.dataset_id
            and a.half = b.half
            and a.n_answers = b.n_answers
    group by all
    having count(*) filter (where a.answers != b.answers) <= .001 * sum(a.n_answers)
),

-- one side after the other, or DuckDB would first join every two answers to an image
firsts as materialized (
    select
        candidates.*,
        trials.dataset_id,
        trials.condition,
        trials.image_key,
        trials.response
    from candidates
    inner join trials
        on candidates.source_a = trials.source_id and candidates.observer_a = trials.observer_id
),

compared as (
    select
        firsts.source_a,
        firsts.observer_a,
        firsts.source_b,
        firsts.observer_b,
        count(*) as n_shared,
        count(*) filter (where firsts.response = trials.response) as n_same
    from firsts
    inner join trials
        on
            firsts.source_b = trials.source_id
            and firsts.observer_b = trials.observer_id
            and firsts.dataset_id = trials.dataset_id
            and firsts.condition = trials.condition
            and firsts.image_key = trials.image_key
    group by all
),

final as (
    select * from compared
    where n_shared >= 160 and n_same >= .999 * n_shared
)

select * from final
