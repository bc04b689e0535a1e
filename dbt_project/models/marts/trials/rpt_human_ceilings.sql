with intervals as (select * from {{ ref('int_ceilings_estimated') }}),
subjects as (select * from {{ ref('int_subjects_compared') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

ceilings as (
    select
        subjects.dataset_id,
        datasets.is_toolbox,
        count(*) as n_subjects,
        count(subjects.error_consistency) as n_compared,
        avg(subjects.ood_accuracy order by subjects.observer_id) as ood_accuracy,
        min(subjects.ood_accuracy) as ood_accuracy_min,
        max(subjects.ood_accuracy) as ood_accuracy_max,
        avg(subjects.accuracy_difference order by subjects.observer_id) as accuracy_difference,
        avg(subjects.observed_consistency order by subjects.observer_id) as observed_consistency,
        avg(subjects.error_consistency order by subjects.observer_id) as error_consistency,
        min(subjects.error_consistency) as error_consistency_min,
        max(subjects.error_consistency) as error_consistency_max,
        -- two people make one pair, which says nothing of how people differ
        case
            when count(subjects.error_consistency) > 2
                then stddev_samp(subjects.error_consistency order by subjects.observer_id)
        end as error_consistency_sd
    from subjects
    inner join datasets using (dataset_id)
    group by all
),

averaged as (
    select * from ceilings
    union all by name
    select
        'all' as dataset_id,
        true as is_toolbox,
        cast(sum(n_subjects) as bigint) as n_subjects,
        cast(sum(n_compared) as bigint) as n_compared,
        avg(columns('accuracy|consistency') order by dataset_id)
    from ceilings
    where is_toolbox
    having count(*) > 0
),

final as (
    select
        averaged.*,
        intervals.ci_low as error_consistency_ci_low,
        intervals.ci_high as error_consistency_ci_high
    from averaged
    left join intervals using (dataset_id)
)

select * from final
