with datasets as (
    select * from {{ ref('trial_datasets') }}
),

conditions as (
    select
        dataset_id,
        count(distinct condition) as n_conditions,
        count(distinct condition) filter (where not is_excluded) as n_kept_conditions
    from {{ ref('trial_conditions') }}
    group by dataset_id
),

coverages as (
    select
        dataset_id,
        count(*) filter (where is_human) as n_subjects,
        count(*) filter (where not is_human) as n_models,
        sum(n_trials) as n_trials
    from {{ ref('int_observer_coverages_counted') }}
    where repeats_source_id is null
    group by dataset_id
),

stimuli as (
    select
        dataset_id,
        count(*) as n_stimuli
    from {{ ref('int_trial_stimuli_numbered') }}
    group by dataset_id
),

final as (
    select
        cast(datasets.dataset_id as varchar) as dataset_id,
        cast(datasets.position as bigint) as position,
        cast(datasets.title as varchar) as title,
        cast(datasets.kind as varchar) as kind,
        cast(datasets.strength_label as varchar) as strength_label,
        cast(datasets.is_toolbox as boolean) as is_toolbox,
        cast(datasets.toolbox_dataset_id as varchar) as toolbox_dataset_id,
        cast(datasets.brainscore_prefix as varchar) as brainscore_prefix,
        cast(datasets.n_images as bigint) as n_images,
        cast(coalesce(conditions.n_conditions, 0) as bigint) as n_conditions,
        cast(coalesce(conditions.n_kept_conditions, 0) as bigint) as n_kept_conditions,
        cast(coalesce(stimuli.n_stimuli, 0) as bigint) as n_stimuli,
        cast(coalesce(coverages.n_subjects, 0) as bigint) as n_subjects,
        cast(coalesce(coverages.n_models, 0) as bigint) as n_models,
        cast(coalesce(coverages.n_trials, 0) as bigint) as n_trials,
        cast(datasets.citation as varchar) as citation
    from datasets
    left join conditions using (dataset_id)
    left join coverages using (dataset_id)
    left join stimuli using (dataset_id)
)

select * from final
