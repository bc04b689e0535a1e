with snapshots as (select * from {{ ref('snapshots') }}),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    union all by name
    select * from {{ ref('int_layer_scores_unioned') }}
    union all by name
    select * from {{ ref('int_own_scores_named') }}
),

final as (
    select
        snapshots.*,
        snapshots.source_id = 'own' as is_private,
        count(distinct scores.source_model_key) as n_models,
        count(distinct scores.benchmark_id) as n_benchmarks,
        count(scores.score) as n_scores
    from snapshots
    left join scores using (snapshot_id)
    group by all
)

select * from final
