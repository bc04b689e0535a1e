select
    source_id,
    observer_id,
    dataset_id,
    is_human,
    category,
    response,
    count(*) as n_trials,
    count(*) / sum(count(*)) over (partition by source_id, observer_id, dataset_id, category)
        as share
from {{ ref('int_trials_unioned') }}
where repeats_source_id is null
group by source_id, observer_id, dataset_id, is_human, category, response
