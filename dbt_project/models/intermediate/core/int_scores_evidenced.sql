-- The scores turned so that higher is better, with the evidence for the state of unscored cells.
-- Two rules of the seed snapshot_rules apply. Where a second file prints a snapshot too
-- (checked_by), the first is taken, and the evidence says whether the second agrees. Where a
-- snapshot leaves out what was never run (omits_never_run), each such cell gets a row here, without
-- evidence.
with scores as (select * from {{ ref('int_scores_unioned') }}),
snapshots as (select * from {{ ref('snapshots') }}),
rules as (select * from {{ ref('snapshot_rules') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

checks as (
    select
        rules.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        scores.state
    from scores
    inner join rules on scores.snapshot_id = rules.checked_by
),

published as (
    select
        scores.* exclude (state_evidence),
        case
            when rules.checked_by is null then scores.state_evidence
            when checks.state = scores.state then 'both'
            else 'new_only'
        end as state_evidence
    from scores
    left join rules using (snapshot_id)
    left join checks using (snapshot_id, source_model_key, benchmark_id)
),

sparse as (
    select scores.*
    from scores
    inner join rules using (snapshot_id)
    where rules.omits_never_run
),

sparse_models as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        variant_id,
        _load_id,
        _file,
        min(_row) as _row
    from sparse
    group by all
),

sparse_benchmarks as (
    select
        snapshot_id,
        benchmark_id,
        min(published_benchmark) as published_benchmark
    from sparse
    group by all
),

absent as (
    select
        *,
        '' as benchmark_version,
        'never_run' as state,
        'none' as state_evidence
    from sparse_models
    inner join sparse_benchmarks using (snapshot_id)
    anti join sparse using (snapshot_id, source_model_key, benchmark_id)
),

unioned as (
    select * from published
    union all by name
    select * from absent
),

final as (
    select
        snapshots.source_id,
        unioned.*,
        case benchmarks.direction when 'lower' then -unioned.score else unioned.score end
            as score_directed
    from unioned
    inner join snapshots using (snapshot_id)
    left join benchmarks using (benchmark_id)
)

select * from final
