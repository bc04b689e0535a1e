-- Newcombe's interval (1998, method 10) takes people and models as independent draws; the number of
-- images that chance alone would split follows from moving the right answers of an image about
-- among all who saw it (Fisher's exact distribution), which needs no such assumption over images.
{%- set counts = ['n_human_correct', 'n_subjects', 'n_model_correct', 'n_models'] %}

with observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_broken and duplicate_of is null
),

datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
),

conditions as (
    select
        dataset_id,
        condition,
        min(position) as position,
        min(strength) as strength
    from {{ ref('trial_conditions') }}
    group by dataset_id, condition
),

trials as (
    select * from {{ ref('int_trials_unioned') }}
    semi join datasets using (dataset_id)
    where repeats_source_id is null
),

counted as (
    select
        trials.dataset_id,
        trials.condition,
        trials.is_excluded,
        trials.image_key,
        trials.category,
        trials.is_human,
        trials.is_correct,
        trials.response,
        count(*) as n_answers
    from trials
    inner join observers
        on
            trials.source_id = observers.source_id
            and trials.observer_id = observers.observer_id
            and observers.dataset_scope in ('all', trials.dataset_id)
    group by all
),

answers as (
    select
        *,
        if(response = 'na', 'no answer', response) || ' ' || n_answers as answer
    from counted
),

images as (
    select
        dataset_id,
        condition,
        is_excluded,
        image_key,
        min(category) as category,
        max(n_answers) filter (where is_human and response != 'na') as n_human_majority,
        cast(sum(n_answers) filter (where is_human) as bigint) as n_subjects,
        cast(coalesce(sum(n_answers) filter (where is_human and is_correct), 0) as bigint)
            as n_human_correct,
        string_agg(answer, ', ' order by n_answers desc, answer asc) filter (where is_human)
            as human_answers,
        cast(sum(n_answers) filter (where not is_human) as bigint) as n_models,
        cast(coalesce(sum(n_answers) filter (where not is_human and is_correct), 0) as bigint)
            as n_model_correct,
        string_agg(answer, ', ' order by n_answers desc, answer asc) filter (where not is_human)
            as model_answers
    from answers
    group by all
    having n_subjects > 0 and n_models > 0
),

-- every way in which as many right answers fall on people and models
cells as (
    select
        * exclude (n_right),
        n_right - n_human_correct as n_model_correct
    from (
        select distinct
            n_subjects,
            n_models,
            n_human_correct + n_model_correct as n_right,
            unnest(range(greatest(0, n_right - n_models), least(n_subjects, n_right) + 1))
                as n_human_correct
        from images
    ) as ways
),

chances as (
    select
        n_subjects,
        n_models,
        n_human_correct + n_model_correct as n_right,
        exp(
            {{ log_choose('n_subjects', 'n_human_correct') }}
            + {{ log_choose('n_models', 'n_model_correct') }}
            - {{ log_choose('n_subjects + n_models', 'n_right') }}
        ) as probability,
        {{ image_split(*counts) }} as split
    from cells
),

expected as (
    select
        n_subjects,
        n_models,
        n_right,
        coalesce(sum(probability) filter (where split = 'people_right'), 0)
            as expected_people_right,
        coalesce(sum(probability) filter (where split = 'models_right'), 0)
            as expected_models_right
    from chances
    group by all
),

compared as (
    select
        * exclude (n_human_majority),
        n_human_correct / n_subjects as human_accuracy,
        n_model_correct / n_models as model_accuracy,
        human_accuracy - model_accuracy as difference,
        {{ share_difference(*counts, side='-') }} as ci_low,
        {{ share_difference(*counts, side='+') }} as ci_high,
        {{ image_split(*counts) }} as split,
        coalesce(n_human_majority, 0) * 2 <= n_subjects as is_without_majority,
        n_human_correct + n_model_correct as n_right
    from images
),

final as (
    select
        compared.* exclude (n_right),
        conditions.position,
        conditions.strength,
        expected.expected_people_right,
        expected.expected_models_right,
        replace(
            replace(datasets.image_url, '{category}', compared.category),
            '{image}',
            compared.image_key
        ) as url,
        case
            when compared.split is not null
                then row_number() over (
                    partition by compared.dataset_id, compared.is_excluded, compared.split
                    order by
                        greatest(compared.ci_low, -compared.ci_high) desc,
                        compared.condition asc,
                        compared.image_key asc
                )
        end as split_rank
    from compared
    inner join datasets using (dataset_id)
    inner join conditions using (dataset_id, condition)
    inner join expected using (n_subjects, n_models, n_right)
)

select * from final
