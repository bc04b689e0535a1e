{#- Trials of every source; see docs/trials.md. A new one is one line here: unit tests name, by the
    variable, only the sources that they need. -#}
{%- set trial_models = var('trial_models', [
    'stg_model_vs_human__parametric_trials',
    'stg_model_vs_human__nonparametric_trials',
    'stg_model_vs_human_swag_branch__trials',
    'stg_model_vs_human_fork_tizianthieringer__trials',
    'stg_model_vs_human_fork_zhanqi__trials',
    'stg_error_consistency_2020__trials',
    'stg_robustness_development__trials',
]) -%}

with published as (
    {% for trial_model in trial_models %}
    select
        '{{ trial_model.split('__')[0][4:] }}' as source_id,
        *
    from {{ ref(trial_model) }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

folders as (select * from {{ ref('trial_folders') }}),
conditions as (select * from {{ ref('trial_conditions') }}),

-- Left joins: a trial of an unknown folder or condition stays, and a test shows its file and row.
-- Placed again for people, who are few: to keep all trials aside would take gigabytes.
placed as not materialized (
    select
        published.* exclude (folder, image_name),
        folders.dataset_id,
        folders.source_priority,
        conditions.condition,
        conditions.is_excluded,
        conditions.is_undistorted,
        starts_with(published.observer_id, 'subject-') as is_human,
        published.response = published.category as is_correct,
        {{ image_key('published.image_name') }} as image_key
    from published
    left join folders
        on
            published.source_id = folders.source_id
            and published.folder = folders.folder
            and ends_with(published.published_condition, coalesce(folders.condition_suffix, ''))
    left join conditions using (dataset_id, published_condition)
),

people as (
    select * from placed
    where is_human
),

-- a person whose every trial stands in another source too, to the millisecond
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
        placed.* exclude (source_priority),
        repeated.repeats_source_id
    from placed
    left join repeated using (source_id, dataset_id, observer_id)
)

select * from final
