with decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    union all by name
    select * from {{ ref('int_own_decisions_packed') }}
),

observers as (select * from {{ ref('dim_observers') }}),
screened as (select * from {{ ref('int_observer_datasets_screened') }}),

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
    union all by name
    select
        source_id,
        observer_id,
        dataset_id,
        'all' as condition,
        is_human,
        false as is_excluded,
        cast(sum(n_trials) as bigint) as n_trials,
        cast(sum(n_correct) as bigint) as n_correct
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
        counted.*,
        observers.observer_name,
        conditions.position,
        conditions.strength,
        counted.n_correct / counted.n_trials as accuracy,
        {{ wilson('counted.n_correct', 'counted.n_trials', '-') }} as ci_low,
        {{ wilson('counted.n_correct', 'counted.n_trials', '+') }} as ci_high,
        observers.is_private,
        not observers.is_private and screened.left_out_because is null as is_comparable,
        if(observers.is_private, observers.reason, screened.left_out_because) as left_out_because
    from counted
    inner join observers
        on
            counted.source_id = observers.source_id
            and counted.observer_id = observers.observer_id
            and observers.dataset_scope in ('all', counted.dataset_id)
    left join conditions
        on
            counted.dataset_id = conditions.dataset_id
            and counted.condition = conditions.condition
    left join screened
        on
            counted.source_id = screened.source_id
            and counted.observer_id = screened.observer_id
            and counted.dataset_id = screened.dataset_id
)

select * from final
