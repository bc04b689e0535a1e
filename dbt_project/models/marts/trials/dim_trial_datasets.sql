with datasets as (select * from {{ ref('trial_datasets') }}),

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
        cast(sum(n_trials) as bigint) as n_trials
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
        datasets.*,
        coalesce(columns(conditions.* exclude (dataset_id)), 0),
        coalesce(columns(stimuli.* exclude (dataset_id)), 0),
        coalesce(columns(coverages.* exclude (dataset_id)), 0)
    from datasets
    left join conditions using (dataset_id)
    left join coverages using (dataset_id)
    left join stimuli using (dataset_id)
)

select * from final
