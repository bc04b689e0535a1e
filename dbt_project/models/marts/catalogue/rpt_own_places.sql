with placed as (
    select * from {{ ref('int_own_scores_placed') }}
    where part = 'cohort'
),

scores as (select * from {{ ref('int_own_scores_named') }}),

final as (
    select
        placed.among as cohort_id,
        scores.snapshot_id,
        scores.source_model_key,
        scores.variant_id,
        scores.benchmark_id,
        scores.model_id,
        scores.source_model_name,
        scores.score,
        scores.score_directed,
        scores.error,
        placed.n_models,
        placed.score_rank,
        placed.score_percentile,
        placed.is_outside,
        scores.is_private
    from placed
    inner join scores using (snapshot_id, source_model_key, variant_id, benchmark_id)
)

select * from final
