-- Known problems that show when scores are compared with each other: two files of one snapshot that
-- print different numbers, and submissions whose scores are nearly the same.
with scores as (select * from {{ ref('int_scores_evidenced') }}),
twins as (select * from {{ ref('int_score_twins_found') }}),
rules as (select * from {{ ref('snapshot_rules') }}),
submissions as (select * from {{ ref('stg_brainscore_leaderboard_2025_05__submissions') }}),

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
