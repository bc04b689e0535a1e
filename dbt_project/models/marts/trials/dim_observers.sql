with observers as (
    select * from {{ ref('int_observers_assessed') }}
),

names as (
    select
        source_id,
        source_model_key as observer_id,
        model_id
    from {{ ref('int_model_names_resolved') }}
    where namespace = 'toolbox'
),

final as (
    select
        observers.source_id,
        observers.observer_id,
        observers.dataset_scope,
        observers.is_human,
        names.model_id,
        observers.n_datasets,
        observers.n_toolbox_datasets,
        cast(observers.n_trials as bigint) as n_trials,
        cast(observers.n_unanswered as bigint) as n_unanswered,
        observers.accuracy,
        cast(observers.n_undistorted as bigint) as n_undistorted,
        observers.accuracy_undistorted,
        observers.z_twice_chance,
        observers.is_broken,
        observers.is_partial,
        observers.is_duplicate,
        observers.duplicate_of,
        observers.is_ranked,
        nullif(
            concat_ws(
                '; ',
                case
                    when observers.is_broken
                        then
                            'near chance on undistorted images ('
                            || round(observers.accuracy_undistorted, 3)
                            || ' of ' || observers.n_undistorted || ')'
                end,
                'incomplete: ' || observers.partial_datasets,
                case
                    when observers.is_partial and observers.n_partial_datasets = 0
                        then observers.n_datasets || ' datasets only'
                end,
                'answers as ' || observers.duplicate_of
            ),
            ''
        ) as reason
    from observers
    left join names
        on
            not observers.is_human
            and observers.source_id = names.source_id
            and observers.observer_id = names.observer_id
)

select * from final
