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
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        trials.is_human,
        names.model_id,
        trials.condition,
        trials.is_excluded,
        trials.image_key,
        trials.category,
        trials.response,
        trials.is_correct,
        trials.rt,
        trials.session,
        trials.trial,
        trials._load_id as load_id,
        trials._file as source_file,
        trials._row as source_row
    from trials
    left join names
        on
            not trials.is_human
            and trials.source_id = names.source_id
            and trials.observer_id = names.observer_id
)

select * from final
