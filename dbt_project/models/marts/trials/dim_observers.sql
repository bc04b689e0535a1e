with observers as (select * from {{ ref('int_observers_assessed') }}),

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
        observers.* exclude (n_partial_datasets, partial_datasets, n_usual_datasets),
        names.model_id,
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
    left join names using (source_id, observer_id)
)

select * from final
