with observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_broken and duplicate_of is null
),

datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
),

trials as (
    select * from {{ ref('int_trials_unioned') }}
    semi join datasets using (dataset_id)
    where repeats_source_id is null
),

answers as (
    select
        trials.dataset_id,
        trials.condition,
        trials.is_excluded,
        trials.image_key,
        trials.category,
        trials.is_human,
        trials.response,
        trials.is_correct,
        count(*) as n_answers
    from trials
    inner join observers
        on
            trials.source_id = observers.source_id
            and trials.observer_id = observers.observer_id
            and observers.dataset_scope in ('all', trials.dataset_id)
    group by all
),

final as (
    select
        dataset_id,
        condition,
        is_excluded,
        image_key,
        min(category) as category,
        cast(sum(n_answers) filter (where is_human) as bigint) as n_subjects,
        cast(sum(n_answers) filter (where not is_human) as bigint) as n_models,
        coalesce(sum(n_answers) filter (where is_human and is_correct), 0) / n_subjects
            as human_accuracy,
        coalesce(sum(n_answers) filter (where not is_human and is_correct), 0) / n_models
            as model_accuracy,
        human_accuracy - model_accuracy as difference,
        first(response order by n_answers desc, response asc) filter (where is_human)
            as human_response,
        first(response order by n_answers desc, response asc) filter (where not is_human)
            as model_response
    from answers
    group by all
    having n_subjects > 0 and n_models > 0
)

select * from final
