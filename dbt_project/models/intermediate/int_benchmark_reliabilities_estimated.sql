-- Reliability of a benchmark over the models of a snapshot: the share of the variance of its raw
-- scores that is not published measurement error. Only snapshots that print errors have one; the
-- cohorts of 2025 borrow those of 2024 (METHODS §4).
with scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_raw is not null and error is not null
),

moments as (
    select
        snapshot_id,
        benchmark_id,
        count(*) as n_models,
        var_samp(score_raw) as score_variance,
        avg(error * error) as error_variance
    from scores
    group by snapshot_id, benchmark_id
    having count(*) >= 10 and var_samp(score_raw) > 0
),

final as (
    select
        snapshot_id,
        benchmark_id,
        n_models,
        greatest(0, 1 - error_variance / score_variance) as reliability
    from moments
)

select * from final
