-- The toolbox's measures of a model inside one dataset: over the conditions it keeps, then over the
-- people (docs/trials.md). A dataset with a pair below 160 shared images has no
-- value; one whose people are of several ages has no row, they are never put together.
with pairs as (
    select
        * replace (
            {{ averaged_consistency('observed_consistency', 'error_consistency') }}
                as error_consistency
        )
    from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'model-human' and condition != 'all'
),

decisions as (
    select * from {{ ref('int_observer_decisions_packed') }}
    where not is_human and not is_by_age
),

people as (
    select
        dataset_id,
        source_a as source_id,
        observer_a as observer_id,
        source_b,
        observer_b,
        count(*) filter (where not is_excluded) as n_conditions,
        count(error_consistency) filter (where not is_excluded) as n_estimated,
        count(*) as n_all_conditions,
        count(error_consistency) as n_all_estimated,
        avg(pow(accuracy_a - accuracy_b, 2) order by condition) filter (where not is_excluded)
            as accuracy_difference,
        avg(observed_consistency order by condition) filter (where not is_excluded)
            as observed_consistency,
        avg(error_consistency order by condition) filter (where not is_excluded)
            as error_consistency,
        avg(error_consistency order by condition) as error_consistency_all_conditions,
        count(*) filter (where is_near_ceiling and not is_excluded) as n_near_ceiling
    from pairs
    group by all
),

averaged as (
    select
        dataset_id,
        source_id,
        observer_id,
        {% for measure, all in {
            'accuracy_difference': '',
            'observed_consistency': '',
            'error_consistency': '',
            'error_consistency_all_conditions': 'all_',
        }.items() %}
        case
            when min(n_{{ all }}estimated) = max(n_{{ all }}conditions)
                then avg({{ measure }} order by source_b, observer_b)
        end as {{ measure }},
        {% endfor %}
        count(*) as n_subjects,
        min(n_conditions) as n_conditions,
        sum(n_near_ceiling) / nullif(sum(n_estimated), 0) as share_near_ceiling
    from people
    group by all
),

accuracies as (
    select
        dataset_id,
        source_id,
        observer_id,
        cast(sum(n_trials) as bigint) as n_trials,
        avg(n_correct / n_trials order by condition) filter (where not is_excluded)
            as ood_accuracy,
        sum(n_correct) / sum(n_trials) as accuracy_all_conditions
    from decisions
    group by all
),

final as (
    select
        * replace (
            coalesce(n_subjects, 0) as n_subjects, coalesce(n_conditions, 0) as n_conditions
        )
    from accuracies
    left join averaged using (source_id, observer_id, dataset_id)
)

select * from final
