-- The toolbox's measures of a model inside one dataset: over the conditions it keeps, then over the
-- people (METHODS §10). A dataset with a pair below 160 shared images has no value.
with pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'model-human' and condition != 'all'
),

decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    where not is_human
),

people as (
    select
        dataset_id,
        source_a,
        observer_a,
        source_b,
        observer_b,
        count(*) filter (where not is_excluded) as n_conditions,
        count(error_consistency) filter (where not is_excluded) as n_estimated,
        count(*) as n_all_conditions,
        count(error_consistency) as n_all_estimated,
        avg(pow(accuracy_a - accuracy_b, 2)) filter (where not is_excluded)
            as accuracy_difference,
        avg(observed_consistency) filter (where not is_excluded) as observed_consistency,
        avg(error_consistency) filter (where not is_excluded) as error_consistency,
        avg(error_consistency) as error_consistency_all_conditions
    from pairs
    group by all
),

averaged as (
    select
        dataset_id,
        source_a as source_id,
        observer_a as observer_id,
        count(*) as n_subjects,
        min(n_conditions) as n_conditions,
        case when min(n_estimated) = max(n_conditions) then avg(accuracy_difference) end
            as accuracy_difference,
        case when min(n_estimated) = max(n_conditions) then avg(observed_consistency) end
            as observed_consistency,
        case when min(n_estimated) = max(n_conditions) then avg(error_consistency) end
            as error_consistency,
        case
            when min(n_all_estimated) = max(n_all_conditions)
                then avg(error_consistency_all_conditions)
        end as error_consistency_all_conditions
    from people
    group by all
),

accuracies as (
    select
        dataset_id,
        source_id,
        observer_id,
        sum(n_trials) as n_trials,
        avg(n_correct / n_trials) filter (where not is_excluded) as ood_accuracy,
        sum(n_correct) / sum(n_trials) as accuracy_all_conditions
    from decisions
    group by all
),

final as (
    select
        accuracies.source_id,
        accuracies.observer_id,
        accuracies.dataset_id,
        accuracies.n_trials,
        coalesce(averaged.n_subjects, 0) as n_subjects,
        coalesce(averaged.n_conditions, 0) as n_conditions,
        accuracies.ood_accuracy,
        accuracies.accuracy_all_conditions,
        averaged.accuracy_difference,
        averaged.observed_consistency,
        averaged.error_consistency,
        averaged.error_consistency_all_conditions
    from accuracies
    left join averaged using (source_id, observer_id, dataset_id)
)

select * from final
