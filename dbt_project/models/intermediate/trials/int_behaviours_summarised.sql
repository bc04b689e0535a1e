-- The toolbox's table: datasets averaged, then three ranks averaged
-- (docs/trials.md). Only models that are whole, working and not a second copy
-- are ranked.
with datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
),

behaviours as (
    select * from {{ ref('int_dataset_behaviours_averaged') }}
    semi join datasets using (dataset_id)
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where is_ranked
),

averaged as (
    select
        source_id,
        observer_id,
        {% for measure in [
            'accuracy_difference', 'observed_consistency', 'error_consistency', 'ood_accuracy'
        ] %}
        {{ round_significant('avg(' ~ measure ~ ' order by dataset_id)') }} as {{ measure }},
        {% endfor %}
        avg(share_near_ceiling order by dataset_id) as share_near_ceiling,
        count(error_consistency) as n_datasets,
        cast(sum(n_trials) as bigint) as n_trials
    from behaviours
    group by all
),

ranked as (
    select
        source_id,
        observer_id,
        {{ average_rank('accuracy_difference', 'true') }} as rank_accuracy_difference,
        {{ average_rank('observed_consistency', 'true', descending=true) }}
            as rank_observed_consistency,
        {{ average_rank('error_consistency', 'true', descending=true) }}
            as rank_error_consistency,
        {{ average_rank('ood_accuracy', 'true', descending=true) }} as rank_ood_accuracy,
        (rank_accuracy_difference + rank_observed_consistency + rank_error_consistency) / 3
            as mean_rank,
        count(*) over () as n_ranked
    from averaged
    semi join observers using (source_id, observer_id)
),

final as (
    select *
    from averaged
    left join ranked using (source_id, observer_id)
)

select * from final
