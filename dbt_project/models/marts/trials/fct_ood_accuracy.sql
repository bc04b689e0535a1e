with decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
),

counted as (
    select
        source_id,
        observer_id,
        dataset_id,
        condition,
        is_human,
        is_excluded,
        n_trials,
        n_correct
    from decisions
    union all
    select
        source_id,
        observer_id,
        dataset_id,
        'all' as condition,
        is_human,
        false as is_excluded,
        sum(n_trials) as n_trials,
        sum(n_correct) as n_correct
    from decisions
    where not is_excluded
    group by all
),

conditions as (
    select
        dataset_id,
        condition,
        min(position) as position,
        min(strength) as strength
    from {{ ref('trial_conditions') }}
    group by dataset_id, condition
),

final as (
    select
        cast(counted.source_id as varchar) as source_id,
        cast(counted.observer_id as varchar) as observer_id,
        cast(counted.is_human as boolean) as is_human,
        cast(counted.dataset_id as varchar) as dataset_id,
        cast(counted.condition as varchar) as condition,
        cast(counted.is_excluded as boolean) as is_excluded,
        cast(conditions.position as bigint) as position,
        cast(conditions.strength as double) as strength,
        cast(counted.n_trials as bigint) as n_trials,
        cast(counted.n_correct as bigint) as n_correct,
        cast(counted.n_correct / counted.n_trials as double) as accuracy,
        cast({{ wilson('counted.n_correct', 'counted.n_trials', '-') }} as double) as ci_low,
        cast({{ wilson('counted.n_correct', 'counted.n_trials', '+') }} as double) as ci_high
    from counted
    left join conditions using (dataset_id, condition)
)

select * from final
