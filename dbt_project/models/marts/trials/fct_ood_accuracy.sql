with decisions as (select * from {{ ref('int_observer_decisions_packed') }}),

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
        conditions.position,
        conditions.strength,
        counted.n_correct / counted.n_trials as accuracy,
        {{ wilson('counted.n_correct', 'counted.n_trials', '-') }} as ci_low,
        {{ wilson('counted.n_correct', 'counted.n_trials', '+') }} as ci_high
    from counted
    left join conditions using (dataset_id, condition)
)

select * from final
