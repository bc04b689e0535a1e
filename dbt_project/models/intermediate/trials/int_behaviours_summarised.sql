-- The toolbox's table: datasets averaged, then three ranks averaged
-- (docs/trials.md). Only models that are whole, working and not a second copy
-- are ranked.
with observers as (
    select * from {{ ref('int_observers_assessed') }}
    where is_ranked
),

averaged as (
    {{ summarised_behaviours(ref('int_dataset_behaviours_averaged')) | indent }}
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
