with observers as (
    select
        *,
        false as is_private
    from {{ ref('int_observers_assessed') }}
    union all by name
    select
        *,
        true as is_private
    from {{ ref('int_own_observers_described') }}
),

models as (select * from {{ ref('dim_models') }}),

names as (
    select
        source_id,
        source_model_key as observer_id,
        model_id
    from {{ ref('int_model_names_resolved') }}
    where namespace = 'toolbox'
    union all
    select
        source_id,
        source_model_key as observer_id,
        model_id
    from {{ ref('int_own_names_resolved') }}
),

final as (
    select
        observers.* exclude (n_partial_datasets, partial_datasets, n_usual_datasets, reason),
        names.model_id,
        case
            when observers.is_human then replace(observers.observer_id, 'subject-', 'Person ')
            else coalesce(models.display_name, observers.observer_id)
        end as observer_name,
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
                'answers as ' || observers.duplicate_of,
                observers.reason
            ),
            ''
        ) as reason
    from observers
    left join names using (source_id, observer_id)
    left join models using (model_id)
)

select * from final
