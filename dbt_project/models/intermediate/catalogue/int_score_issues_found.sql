-- Known problems that show when scores are compared with each other: two files of one snapshot that
-- print different numbers, and submissions whose scores are nearly the same.
with scores as (select * from {{ ref('int_scores_evidenced') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),
rules as (select * from {{ ref('snapshot_rules') }}),
submissions as (select * from {{ ref('stg_brainscore_leaderboard_2025_05__submissions') }}),

leaves as (
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
),

twins as (
    select
        a.snapshot_id,
        a.source_model_key,
        b.source_model_key as twin_key,
        count(*) as n_shared,
        max(abs(a.score - b.score)) as max_difference
    from leaves as a
    inner join leaves as b
        on a.benchmark_id = b.benchmark_id and a.source_model_key < b.source_model_key
    group by all
    having count(*) >= 20 and max(abs(a.score - b.score)) <= .003 + 1e-9
),

final as (
    select
        'bs2025_score_twins' as issue_id,
        twins.snapshot_id,
        twins.source_model_key,
        'as id ' || twins.twin_key || ' on ' || twins.n_shared || ' leaves, largest difference '
        || round(twins.max_difference, 3) as detail,
        submissions._file,
        submissions._row
    from twins
    inner join submissions using (snapshot_id, source_model_key)
    union all by name
    select
        'bs2025_numbers_disagree' as issue_id,
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        'old file ' || checks.score || ', new file ' || scores.score as detail,
        scores._file,
        scores._row
    from scores
    inner join rules using (snapshot_id)
    inner join scores as checks
        on
            rules.checked_by = checks.snapshot_id
            and scores.source_model_key = checks.source_model_key
            and scores.benchmark_id = checks.benchmark_id
    where scores.score != checks.score
)

select * from final
