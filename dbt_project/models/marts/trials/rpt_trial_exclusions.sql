with trials as (
    select * from {{ ref('int_trials_unioned') }}
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
),

coverages as (
    select * from {{ ref('int_observer_coverages_counted') }}
),

reasons as (
    select
        source_id,
        dataset_id,
        observer_id,
        'repeated_people' as reason,
        true as is_dropped
    from trials
    where repeats_source_id is not null
    union all
    select
        source_id,
        dataset_id,
        observer_id,
        'excluded_condition' as reason,
        false as is_dropped
    from trials
    where is_excluded and repeats_source_id is null
    union all
    select
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        'broken_observer' as reason,
        false as is_dropped
    from trials
    inner join observers
        on
            not trials.is_human
            and trials.source_id = observers.source_id
            and trials.observer_id = observers.observer_id
            and observers.is_broken
    union all
    select
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        'duplicate_observer' as reason,
        false as is_dropped
    from trials
    inner join observers
        on
            not trials.is_human
            and trials.source_id = observers.source_id
            and trials.observer_id = observers.observer_id
            and observers.is_duplicate
    union all
    select
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        'partial_dataset' as reason,
        false as is_dropped
    from trials
    inner join coverages
        on
            trials.source_id = coverages.source_id
            and trials.dataset_id = coverages.dataset_id
            and trials.observer_id = coverages.observer_id
            and coverages.is_partial
),

counted as (
    select
        source_id,
        dataset_id,
        reason,
        is_dropped,
        count(*) as n_trials,
        count(distinct observer_id) as n_observers
    from reasons
    group by all
),

final as (
    select
        source_id,
        dataset_id,
        reason,
        is_dropped,
        n_trials,
        n_observers
    from counted
)

select * from final
