-- Known problems of observers, found from their answers.
with observers as (select * from {{ ref('int_observers_assessed') }}),
coverages as (select * from {{ ref('int_observer_coverages_counted') }}),

snapshots as (
    select * from {{ ref('snapshots') }}
    where namespace = 'toolbox'
),

found as (
    select
        source_id,
        observer_id,
        case
            when is_broken then 'trials_broken_heads'
            when is_duplicate then 'trials_second_names'
            else 'trials_partial_models'
        end as issue_id,
        case
            when is_broken
                then
                    'right on ' || round(100 * accuracy_undistorted, 1)
                    || ' % of undistorted images'
            when is_duplicate then 'the answers of ' || duplicate_of
            else n_datasets || ' datasets' || coalesce(', in part: ' || partial_datasets, '')
        end as detail
    from observers
    where not is_human and (is_broken or is_duplicate or is_partial)
    union all by name
    select
        source_id,
        observer_id,
        'trials_repeated_people' as issue_id,
        n_trials || ' trials of ' || dataset_id || ' stand in ' || repeats_source_id as detail
    from coverages
    where repeats_source_id is not null
),

final as (
    select
        found.issue_id,
        snapshots.snapshot_id,
        found.observer_id as source_model_key,
        found.detail
    from found
    inner join snapshots using (source_id)
)

select * from final
