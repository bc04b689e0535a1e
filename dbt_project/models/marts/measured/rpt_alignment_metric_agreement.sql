with pretrained as (
    select
        snapshot_id,
        stimulus_set_id,
        target,
        source_model_key,
        metric,
        estimate
    from {{ ref('fct_alignment') }}
    where
        not is_control
        and layer = 'penultimate'
        and distance = 'cosine'
        and estimate is not null
),

paired as (
    select
        snapshot_id,
        stimulus_set_id,
        target,
        source_model_key,
        first.estimate as by_spearman,
        second.estimate as by_triplet
    from pretrained as first
    inner join pretrained as second
        using (snapshot_id, stimulus_set_id, target, source_model_key)
    where first.metric = 'spearman' and second.metric = 'triplet'
),

ranked as (
    select
        *,
        {{ average_rank('by_spearman', 'snapshot_id, stimulus_set_id, target') }}
            as rank_by_spearman,
        {{ average_rank('by_triplet', 'snapshot_id, stimulus_set_id, target') }}
            as rank_by_triplet
    from paired
),

final as (
    select
        snapshot_id,
        snapshot_id = 'own' as is_private,
        stimulus_set_id,
        target,
        count(*) as n_models,
        {{ correlation('rank_by_spearman', 'rank_by_triplet', 'source_model_key') }} as estimate
    from ranked
    group by snapshot_id, stimulus_set_id, target
    having count(*) > 2
)

select * from final
