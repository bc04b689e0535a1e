with pretrained as (
    select
        *,
        replace(distance, '_centred', '') as plain_distance,
        distance like '%_centred' as is_centred
    from {{ ref('fct_alignment') }}
    where not is_control and layer = 'penultimate' and estimate is not null
),

-- the same models under every distance, or the means are of different models
counted as (
    select
        *,
        count(distinct distance) over (
            partition by snapshot_id, stimulus_set_id, target, metric
        ) as n_distances,
        count(*) over (
            partition by snapshot_id, stimulus_set_id, target, metric, source_model_key
        ) as n_of_model
    from pretrained
),

final as (
    select
        snapshot_id,
        snapshot_id = 'own' as is_private,
        stimulus_set_id,
        target,
        metric,
        plain_distance as distance,
        is_centred,
        count(*) as n_models,
        avg(estimate order by source_model_key) as estimate,
        min(estimate) as min_estimate,
        max(estimate) as max_estimate
    from counted
    where n_of_model = n_distances and n_distances > 1
    group by all
)

select * from final
