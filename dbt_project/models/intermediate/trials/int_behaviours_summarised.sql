-- The toolbox's table: datasets averaged, then three ranks averaged (METHODS §10). Only models that
-- are whole, working and not a second copy are ranked.
with behaviours as (
    select * from {{ ref('int_dataset_behaviours_averaged') }}
),

datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human
),

averaged as (
    select
        behaviours.source_id,
        behaviours.observer_id,
        count(behaviours.error_consistency) as n_datasets,
        sum(behaviours.n_trials) as n_trials,
        avg(behaviours.accuracy_difference) as accuracy_difference,
        avg(behaviours.observed_consistency) as observed_consistency,
        avg(behaviours.error_consistency) as error_consistency,
        avg(behaviours.ood_accuracy) as ood_accuracy
    from behaviours
    inner join datasets using (dataset_id)
    group by all
),

ranked as (
    select
        averaged.source_id,
        averaged.observer_id,
        {{ average_rank('accuracy_difference', 'true') }} as rank_accuracy_difference,
        {{ average_rank('observed_consistency', 'true', descending=true) }}
            as rank_observed_consistency,
        {{ average_rank('error_consistency', 'true', descending=true) }}
            as rank_error_consistency,
        {{ average_rank('ood_accuracy', 'true', descending=true) }} as rank_ood_accuracy,
        count(*) over () as n_ranked
    from averaged
    inner join observers using (source_id, observer_id)
    where observers.is_ranked
),

final as (
    select
        averaged.*,
        ranked.rank_accuracy_difference,
        ranked.rank_observed_consistency,
        ranked.rank_error_consistency,
        ranked.rank_ood_accuracy,
        (
            ranked.rank_accuracy_difference
            + ranked.rank_observed_consistency
            + ranked.rank_error_consistency
        ) / 3 as mean_rank,
        ranked.n_ranked
    from averaged
    left join ranked using (source_id, observer_id)
)

select * from final
