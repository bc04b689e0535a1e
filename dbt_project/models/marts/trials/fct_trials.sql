with trials as (
    select * from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
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
        cast(trials.source_id as varchar) as source_id,
        cast(trials.dataset_id as varchar) as dataset_id,
        cast(trials.observer_id as varchar) as observer_id,
        cast(trials.is_human as boolean) as is_human,
        cast(names.model_id as varchar) as model_id,
        cast(trials.condition as varchar) as condition,
        cast(trials.is_excluded as boolean) as is_excluded,
        cast(trials.image_key as varchar) as image_key,
        cast(trials.category as varchar) as category,
        cast(trials.response as varchar) as response,
        cast(trials.is_correct as boolean) as is_correct,
        cast(trials.rt as double) as rt,
        cast(trials.session as bigint) as session,
        cast(trials.trial as bigint) as trial,
        cast(trials._load_id as varchar) as load_id,
        cast(trials._file as varchar) as source_file,
        cast(trials._row as bigint) as source_row
    from trials
    left join names
        on
            not trials.is_human
            and trials.source_id = names.source_id
            and trials.observer_id = names.observer_id
)

select * from final
