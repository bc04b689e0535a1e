-- The neural and behavioural scores of the leaderboard that prints each submission once.
with scores as (select * from {{ ref('int_scores_evidenced') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),
submissions as (select * from {{ ref('stg_brainscore_leaderboard_2025_05__submissions') }}),

final as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        scores.score
    from scores
    inner join benchmarks using (benchmark_id)
    where
        scores.snapshot_id in (select snapshot_id from submissions)
        and scores.score is not null
        and not benchmarks.is_aggregate
        and benchmarks.modality in ('neural', 'behavioural')
)

select * from final
