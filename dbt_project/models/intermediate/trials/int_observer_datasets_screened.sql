-- Which numbers of a model may stand beside those of the others, in a dataset and over the 17: an
-- average over 3 datasets is not one over 17, and a broken head or a second copy is no model more.
with coverages as (
    select * from {{ ref('int_observer_coverages_counted') }}
    where not is_human
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human
),

parts as (
    select
        source_id,
        observer_id,
        dataset_id,
        is_partial,
        n_trials || ' of ' || n_images || ' images' as part
    from coverages
    union all by name
    select
        source_id,
        observer_id,
        'all' as dataset_id,
        n_toolbox_datasets < 17 as is_partial,
        n_toolbox_datasets || ' of 17 datasets' as part
    from observers
),

final as (
    select
        parts.source_id,
        parts.observer_id,
        parts.dataset_id,
        observers.n_toolbox_datasets,
        case
            when observers.is_broken then 'near chance on undistorted images'
            when parts.is_partial then parts.part
            when observers.is_duplicate
                then 'same answers as ' || split_part(observers.duplicate_of, '/', 2)
        end as left_out_because
    from parts
    inner join observers using (source_id, observer_id)
)

select * from final
