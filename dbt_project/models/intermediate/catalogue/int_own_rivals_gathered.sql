-- The published scores that those of this machine are placed among: of every cohort that has the
-- benchmark, and of the newest snapshot that has it.
with benchmarks as (
    select distinct benchmark_id
    from {{ ref('int_own_scores_named') }}
),

ranked as (select * from {{ ref('int_scores_ranked') }}),
snapshots as (select * from {{ ref('snapshots') }}),

newest as (
    select
        ranked.benchmark_id,
        arg_max(
            ranked.snapshot_id,
            (snapshots.is_current, snapshots.snapshot_date, ranked.snapshot_id)
        ) as snapshot_id
    from ranked
    inner join snapshots using (snapshot_id)
    group by ranked.benchmark_id
),

final as (
    select
        'cohort' as part,
        scores.cohort_id as among,
        scores.benchmark_id,
        scores.source_model_key,
        scores.variant_id,
        scores.score_directed
    from {{ ref('int_cohort_scores_levelled') }} as scores
    semi join benchmarks using (benchmark_id)
    where scores.level = 'leaf'
    union all
    select
        'snapshot' as part,
        snapshot_id as among,
        benchmark_id,
        ranked.source_model_key,
        ranked.variant_id,
        ranked.score_directed
    from ranked
    inner join newest using (snapshot_id, benchmark_id)
    semi join benchmarks using (benchmark_id)
)

select * from final
