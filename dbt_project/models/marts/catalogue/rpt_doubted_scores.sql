with doubted as (select * from {{ ref('int_scores_doubted') }}),
scores as (select * from {{ ref('fct_scores') }}),

final as (
    select
        doubted.snapshot_id,
        doubted.benchmark_id,
        doubted.source_model_key,
        doubted.variant_id,
        scores.model_id,
        scores.source_model_name,
        scores.score,
        doubted.issue,
        doubted.robust_z,
        doubted.gap,
        doubted.percentile_elsewhere
    from doubted
    inner join scores using (snapshot_id, benchmark_id, source_model_key, variant_id)
)

select * from final
