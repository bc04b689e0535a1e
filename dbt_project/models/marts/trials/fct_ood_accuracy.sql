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
        counted.source_id,
        counted.observer_id,
        counted.is_human,
        counted.dataset_id,
        counted.condition,
        counted.is_excluded,
        conditions.position,
        conditions.strength,
        cast(counted.n_trials as bigint) as n_trials,
        cast(counted.n_correct as bigint) as n_correct,
        counted.n_correct / counted.n_trials as accuracy,
        {{ wilson('counted.n_correct', 'counted.n_trials', '-') }} as ci_low,
        {{ wilson('counted.n_correct', 'counted.n_trials', '+') }} as ci_high
    from counted
    left join conditions using (dataset_id, condition)
)

select * from final
