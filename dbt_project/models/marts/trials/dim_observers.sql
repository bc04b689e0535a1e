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
        cast(observers.source_id as varchar) as source_id,
        cast(observers.observer_id as varchar) as observer_id,
        cast(observers.dataset_scope as varchar) as dataset_scope,
        cast(observers.is_human as boolean) as is_human,
        cast(names.model_id as varchar) as model_id,
        cast(observers.n_datasets as bigint) as n_datasets,
        cast(observers.n_toolbox_datasets as bigint) as n_toolbox_datasets,
        cast(observers.n_trials as bigint) as n_trials,
        cast(observers.n_unanswered as bigint) as n_unanswered,
        cast(observers.accuracy as double) as accuracy,
        cast(observers.n_undistorted as bigint) as n_undistorted,
        cast(observers.accuracy_undistorted as double) as accuracy_undistorted,
        cast(observers.z_twice_chance as double) as z_twice_chance,
        cast(observers.is_broken as boolean) as is_broken,
        cast(observers.is_partial as boolean) as is_partial,
        cast(observers.is_duplicate as boolean) as is_duplicate,
        cast(observers.duplicate_of as varchar) as duplicate_of,
        cast(observers.is_ranked as boolean) as is_ranked,
        cast(
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
            ) as varchar
        ) as reason
    from observers
    left join names
        on
            not observers.is_human
            and observers.source_id = names.source_id
            and observers.observer_id = names.observer_id
)

select * from final
