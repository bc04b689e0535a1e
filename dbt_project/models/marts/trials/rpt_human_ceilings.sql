with subjects as (
    select * from {{ ref('int_subjects_compared') }}
),

datasets as (
    select * from {{ ref('trial_datasets') }}
),

ceilings as (
    select
        subjects.dataset_id,
        datasets.is_toolbox,
        count(*) as n_subjects,
        count(subjects.error_consistency) as n_compared,
        avg(subjects.ood_accuracy) as ood_accuracy,
        min(subjects.ood_accuracy) as ood_accuracy_min,
        max(subjects.ood_accuracy) as ood_accuracy_max,
        avg(subjects.accuracy_difference) as accuracy_difference,
        avg(subjects.observed_consistency) as observed_consistency,
        avg(subjects.error_consistency) as error_consistency,
        min(subjects.error_consistency) as error_consistency_min,
        max(subjects.error_consistency) as error_consistency_max,
        -- two people make one pair, which says nothing of how people differ
        case
            when count(subjects.error_consistency) > 2
                then stddev_samp(subjects.error_consistency)
        end as error_consistency_sd
    from subjects
    inner join datasets using (dataset_id)
    group by all
),

overall as (
    select * from ceilings
    union all
    select
        'all' as dataset_id,
        true as is_toolbox,
        sum(n_subjects) as n_subjects,
        sum(n_compared) as n_compared,
        avg(ood_accuracy) as ood_accuracy,
        avg(ood_accuracy_min) as ood_accuracy_min,
        avg(ood_accuracy_max) as ood_accuracy_max,
        avg(accuracy_difference) as accuracy_difference,
        avg(observed_consistency) as observed_consistency,
        avg(error_consistency) as error_consistency,
        avg(error_consistency_min) as error_consistency_min,
        avg(error_consistency_max) as error_consistency_max,
        avg(error_consistency_sd) as error_consistency_sd
    from ceilings
    where is_toolbox
    having count(*) > 0
),

final as (
    select
        dataset_id,
        is_toolbox,
        cast(n_subjects as bigint) as n_subjects,
        cast(n_compared as bigint) as n_compared,
        ood_accuracy,
        ood_accuracy_min,
        ood_accuracy_max,
        accuracy_difference,
        observed_consistency,
        error_consistency,
        error_consistency_min,
        error_consistency_max,
        error_consistency_sd
    from overall
)

select * from final
