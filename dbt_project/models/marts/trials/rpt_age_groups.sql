with compared as (select * from {{ ref('int_age_groups_compared') }}),
conditions as (select * from {{ ref('trial_conditions') }}),
folders as (select * from {{ ref('trial_folders') }}),
accuracies as (select * from {{ ref('stg_robustness_development__accuracies') }}),
consistencies as (select * from {{ ref('stg_robustness_development__error_consistencies') }}),

-- accuracies are printed by the name of the file of trials; four files of cue-conflict have the
-- name of another network
files as (
    select distinct -- noqa: AM01
        dataset_id,
        coalesce(age_group, observer_id) as group_name,
        regexp_extract(_file, '([^/]+)[.]csv$', 1) as file_name
    from {{ ref('int_trials_unioned') }}
    where source_id = 'robustness_development'
),

printed_accuracies as (
    select
        folders.dataset_id,
        conditions.condition,
        'accuracy' as measure,
        files.group_name,
        '' as other_group,
        accuracies.accuracy as published
    from accuracies
    inner join folders
        on
            accuracies.folder = folders.folder
            and folders.source_id = 'robustness_development'
    inner join conditions using (dataset_id, published_condition)
    inner join files using (dataset_id, file_name)
),

printed_consistencies as (
    select
        folders.dataset_id,
        conditions.condition,
        'error_consistency' as measure,
        unnest([consistencies.group_a, consistencies.group_b]) as group_name,
        unnest([consistencies.group_b, consistencies.group_a]) as other_group,
        consistencies.error_consistency
    from consistencies
    inner join folders
        on
            consistencies.folder = folders.folder
            and folders.source_id = 'robustness_development'
    inner join conditions
        on
            folders.dataset_id = conditions.dataset_id
            and consistencies.level = conditions.position
),

printed as (
    select * from printed_accuracies
    union all by name
    select
        * exclude (error_consistency),
        avg(error_consistency) as published
    from printed_consistencies
    group by all
),

final as (
    select
        compared.* replace (nullif(compared.other_group, '') as other_group),
        conditions.strength,
        case
            when compared.group_name = 'models' then 'models'
            when regexp_matches(compared.group_name, '^([0-9]+-[0-9]+|adults)$') then 'people'
            else 'model'
        end as group_kind,
        case
            when group_kind != 'people' then null
            else coalesce(try_cast(split_part(compared.group_name, '-', 1) as bigint), 18)
        end as age_from,
        printed.published,
        compared.estimate - printed.published as difference
    from compared
    left join conditions using (dataset_id, condition)
    left join printed using (dataset_id, condition, measure, group_name, other_group)
)

select * from final
