with counted as (
    select
        source_id,
        observer_id,
        dataset_id,
        is_human,
        category,
        response,
        count(*) as n_trials
    from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
    group by all
),

final as (
    select
        *,
        n_trials / sum(n_trials) over (partition by source_id, observer_id, dataset_id, category)
            as share
    from counted
)

select * from final
