with snapshots as (
    select * from {{ ref('snapshots') }}
),

scores as (
    select
        snapshot_id,
        count(distinct source_model_key) as n_models,
        count(distinct benchmark_id) as n_benchmarks,
        count(score) as n_scores
    from {{ ref('int_scores_evidenced') }}
    group by snapshot_id
),

layer_scores as (
    select
        snapshot_id,
        count(distinct source_model_key) as n_models,
        count(distinct benchmark_id) as n_benchmarks,
        count(score) as n_scores
    from {{ ref('int_layer_scores_unioned') }}
    group by snapshot_id
),

counted as (
    select * from scores
    union all
    select * from layer_scores
),

final as (
    select
        cast(snapshots.snapshot_id as varchar) as snapshot_id,
        cast(snapshots.source_id as varchar) as source_id,
        cast(snapshots.snapshot_date as date) as snapshot_date,
        cast(snapshots.namespace as varchar) as namespace,
        cast(snapshots.title as varchar) as title,
        cast(snapshots.is_current as boolean) as is_current,
        cast(coalesce(counted.n_models, 0) as bigint) as n_models,
        cast(coalesce(counted.n_benchmarks, 0) as bigint) as n_benchmarks,
        cast(coalesce(counted.n_scores, 0) as bigint) as n_scores
    from snapshots
    left join counted on snapshots.snapshot_id = counted.snapshot_id
)

select * from final
