-- Every score that some cohort may average, once per snapshot.
with cells as (
    select distinct
        cohorts.snapshot_id,
        sets.benchmark_id
    from {{ ref('cohorts') }} as cohorts
    inner join {{ ref('benchmark_sets') }} as sets using (benchmark_set)
),

final as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        scores.variant_id,
        scores.benchmark_id,
        benchmarks.modality,
        scores.score_directed
    from {{ ref('int_scores_evidenced') }} as scores
    inner join cells using (snapshot_id, benchmark_id)
    inner join {{ ref('benchmarks') }} as benchmarks using (benchmark_id)
    where scores.score_directed is not null
)

select * from final
