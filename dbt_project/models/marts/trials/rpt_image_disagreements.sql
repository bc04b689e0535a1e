with observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_broken and duplicate_of is null
),

datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
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
        trials.is_correct
    from {{ ref('int_trials_unioned') }} as trials
    inner join observers
        on
            trials.source_id = observers.source_id
            and trials.observer_id = observers.observer_id
            and observers.dataset_scope in ('all', trials.dataset_id)
    inner join datasets using (dataset_id)
    where trials.repeats_source_id is null
),

favourites as (
    select
        dataset_id,
        condition,
        image_key,
        is_human,
        response,
        row_number() over (
            partition by dataset_id, condition, image_key, is_human
            order by count(*) desc, response
        ) as place
    from answers
    group by dataset_id, condition, image_key, is_human, response
),

images as (
    select
        dataset_id,
        condition,
        is_excluded,
        image_key,
        min(category) as category,
        count(*) filter (where is_human) as n_subjects,
        count(*) filter (where not is_human) as n_models,
        avg(cast(is_correct as integer)) filter (where is_human) as human_accuracy,
        avg(cast(is_correct as integer)) filter (where not is_human) as model_accuracy
    from answers
    group by all
    having bool_or(is_human) and not bool_and(is_human)
),

final as (
    select
        images.dataset_id,
        images.condition,
        images.is_excluded,
        images.image_key,
        images.category,
        images.n_subjects,
        images.n_models,
        images.human_accuracy,
        images.model_accuracy,
        images.human_accuracy - images.model_accuracy as difference,
        humans.response as human_response,
        models.response as model_response
    from images
    left join favourites as humans
        on
            images.dataset_id = humans.dataset_id
            and images.condition = humans.condition
            and images.image_key = humans.image_key
            and humans.is_human
            and humans.place = 1
    left join favourites as models
        on
            images.dataset_id = models.dataset_id
            and images.condition = models.condition
            and images.image_key = models.image_key
            and not models.is_human
            and models.place = 1
)

select * from final
