with trials as (
    select
        *,
        false as is_private
    from {{ ref('int_trials_unioned') }}
    union all by name
    select
        *,
        true as is_private
    from {{ ref('int_own_trials_placed') }}
)

select
    source_id,
    observer_id,
    dataset_id,
    is_human,
    category,
    response,
    is_private,
    count(*) as n_trials,
    count(*) / sum(count(*)) over (partition by source_id, observer_id, dataset_id, category)
        as share
from trials
where repeats_source_id is null
group by source_id, observer_id, dataset_id, is_human, category, response, is_private
