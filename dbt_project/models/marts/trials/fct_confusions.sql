with trials as (
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
        cast(source_id as varchar) as source_id,
        cast(observer_id as varchar) as observer_id,
        cast(is_human as boolean) as is_human,
        cast(dataset_id as varchar) as dataset_id,
        cast(category as varchar) as category,
        cast(response as varchar) as response,
        cast(n_trials as bigint) as n_trials,
        cast(
            n_trials
            / sum(n_trials) over (
                partition by source_id, observer_id, dataset_id, category
            ) as double
        ) as share
    from trials
)

select * from final
