-- Each person against the other people of the dataset, in the toolbox's order: conditions, then
-- people. The other people are what a model is held against, so this is its ceiling, one left out.
-- Datasets whose people are of several ages have none.
with pairs as (
    select
        * replace (
            {{ averaged_consistency('observed_consistency', 'error_consistency') }}
                as error_consistency
        )
    from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'human-human' and condition != 'all' and not is_excluded
),

decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    where is_human and not is_excluded and not is_by_age
),

both_ways as (
    select
        *,
        source_a as source_id,
        observer_a as observer_id,
        observer_b as other_observer_id
    from pairs
    union all by name
    select
        *,
        source_b as source_id,
        observer_b as observer_id,
        observer_a as other_observer_id
    from pairs
),

others as (
    select
        dataset_id,
        source_id,
        observer_id,
        other_observer_id,
        avg(pow(accuracy_a - accuracy_b, 2) order by condition) as accuracy_difference,
        avg(observed_consistency order by condition) as observed_consistency,
        avg(error_consistency order by condition) as error_consistency
    from both_ways
    group by all
),

consistent as (
    select
        dataset_id,
        source_id,
        observer_id,
        count(error_consistency) as n_others,
        avg(accuracy_difference order by other_observer_id) as accuracy_difference,
        avg(observed_consistency order by other_observer_id) as observed_consistency,
        avg(error_consistency order by other_observer_id) as error_consistency
    from others
    group by all
),

accuracies as (
    select
        dataset_id,
        source_id,
        observer_id,
        avg(n_correct / n_trials order by condition) as ood_accuracy
    from decisions
    group by all
),

final as (
    select * replace (coalesce(n_others, 0) as n_others)
    from accuracies
    left join consistent using (source_id, dataset_id, observer_id)
)

select * from final
