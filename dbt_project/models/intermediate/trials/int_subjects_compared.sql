-- Each person against the other people of the dataset, in the toolbox's order: conditions, then
-- people. The other people are what a model is held against, so this is its ceiling, one left out.
with pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'human-human' and condition != 'all' and not is_excluded
),

decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    where is_human and not is_excluded
),

both_ways as (
    select
        dataset_id,
        condition,
        source_a as source_id,
        observer_a as observer_id,
        observer_b as other_observer_id,
        accuracy_a - accuracy_b as difference,
        observed_consistency,
        error_consistency
    from pairs
    union all
    select
        dataset_id,
        condition,
        source_b as source_id,
        observer_b as observer_id,
        observer_a as other_observer_id,
        accuracy_b - accuracy_a as difference,
        observed_consistency,
        error_consistency
    from pairs
),

others as (
    select
        dataset_id,
        source_id,
        observer_id,
        other_observer_id,
        avg(pow(difference, 2)) as accuracy_difference,
        avg(observed_consistency) as observed_consistency,
        avg(error_consistency) as error_consistency
    from both_ways
    group by all
),

consistent as (
    select
        dataset_id,
        source_id,
        observer_id,
        count(error_consistency) as n_others,
        avg(accuracy_difference) as accuracy_difference,
        avg(observed_consistency) as observed_consistency,
        avg(error_consistency) as error_consistency
    from others
    group by all
),

accuracies as (
    select
        dataset_id,
        source_id,
        observer_id,
        sum(n_trials) as n_trials,
        avg(n_correct / n_trials) as ood_accuracy
    from decisions
    group by all
),

final as (
    select
        accuracies.source_id,
        accuracies.dataset_id,
        accuracies.observer_id,
        accuracies.n_trials,
        accuracies.ood_accuracy,
        coalesce(consistent.n_others, 0) as n_others,
        consistent.accuracy_difference,
        consistent.observed_consistency,
        consistent.error_consistency
    from accuracies
    left join consistent using (source_id, dataset_id, observer_id)
)

select * from final
