{#- Trials of every source; see docs/trials.md. -#}
{%- set trial_models = {
    'stg_model_vs_human__parametric_trials': 'model_vs_human',
    'stg_model_vs_human__nonparametric_trials': 'model_vs_human',
    'stg_model_vs_human_swag_branch__trials': 'model_vs_human_swag_branch',
    'stg_model_vs_human_fork_tizianthieringer__trials': 'model_vs_human_fork_tizianthieringer',
    'stg_error_consistency_2020__trials': 'error_consistency_2020',
} -%}

with published as (
    {% for trial_model, source_id in trial_models.items() %}
    select
        '{{ source_id }}' as source_id,
        *
    from {{ ref(trial_model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

folders as (
    select * from {{ ref('trial_folders') }}
),

conditions as (
    select * from {{ ref('trial_conditions') }}
),

-- the image is the last token of the name, or the last two where the one before is an ImageNet
-- class (n0…); what stands before differs between people (s01) and models (dnn)
named as (
    select
        * exclude (image_name),
        starts_with(observer_id, 'subject-') as is_human,
        response = category as is_correct,
        regexp_extract(image_name, '((^|_)n0[0-9]+_)?[^_]*$') as image_tail
    from published
),

-- left joins: a trial of an unknown folder or condition stays, and a test shows its file and row
placed as (
    select
        named.*,
        folders.dataset_id,
        folders.source_priority,
        ltrim(named.image_tail, '_') as image_key
    from named
    left join folders
        on
            named.source_id = folders.source_id
            and named.folder = folders.folder
            and ends_with(named.published_condition, coalesce(folders.condition_suffix, ''))
),

conditioned as (
    select
        placed.*,
        conditions.condition,
        conditions.is_excluded,
        conditions.is_undistorted
    from placed
    left join conditions using (dataset_id, published_condition)
),

-- a person whose every trial stands in another source too, to the millisecond
people as (
    select * from conditioned
    where is_human
),

repeated as (
    select
        people.source_id,
        people.dataset_id,
        people.observer_id,
        min(firsts.source_id) as repeats_source_id
    from people
    left join people as firsts
        on
            people.dataset_id = firsts.dataset_id
            and people.observer_id = firsts.observer_id
            and people.image_key = firsts.image_key
            and people.session = firsts.session
            and people.trial = firsts.trial
            and people.response = firsts.response
            and people.rt is not distinct from firsts.rt
            and people.source_priority > firsts.source_priority
    group by all
    having count(*) = count(firsts.source_id)
),

final as (
    select
        conditioned.source_id,
        conditioned.dataset_id,
        conditioned.observer_id,
        conditioned.is_human,
        conditioned.condition,
        conditioned.published_condition,
        conditioned.is_excluded,
        conditioned.is_undistorted,
        conditioned.image_key,
        conditioned.category,
        conditioned.response,
        conditioned.is_correct,
        conditioned.rt,
        conditioned.session,
        conditioned.trial,
        repeated.repeats_source_id,
        conditioned._load_id,
        conditioned._file,
        conditioned._row
    from conditioned
    left join repeated
        on
            conditioned.is_human
            and conditioned.source_id = repeated.source_id
            and conditioned.dataset_id = repeated.dataset_id
            and conditioned.observer_id = repeated.observer_id
)

select * from final
