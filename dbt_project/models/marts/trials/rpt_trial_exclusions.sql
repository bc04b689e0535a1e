with coverages as (
    select
        *,
        not is_human and {{ place_in_dataset() }} > {{ var('paired_networks') }} as is_unpaired
    from {{ ref('int_observer_coverages_counted') }}
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human
),

counted as (
    select
        coverages.source_id,
        coverages.dataset_id,
        if(coverages.repeats_source_id is null, 0, coverages.n_trials) as repeated_people,
        if(coverages.repeats_source_id is null, coverages.n_excluded, 0) as excluded_condition,
        if(observers.is_broken, coverages.n_trials, 0) as broken_observer,
        if(observers.is_duplicate, coverages.n_trials, 0) as duplicate_observer,
        if(coverages.is_partial, coverages.n_trials, 0) as partial_dataset,
        if(coverages.is_unpaired, coverages.n_trials, 0) as unpaired_network
    from coverages
    left join observers using (source_id, observer_id)
),

reasons as (
    unpivot counted
    on repeated_people, excluded_condition, broken_observer, duplicate_observer, partial_dataset,
    unpaired_network
    into name reason value n_trials
),

final as (
    select
        source_id,
        dataset_id,
        reason,
        reason = 'repeated_people' as is_dropped,
        cast(sum(n_trials) as bigint) as n_trials,
        count(*) as n_observers
    from reasons
    where n_trials > 0
    group by all
)

select * from final
