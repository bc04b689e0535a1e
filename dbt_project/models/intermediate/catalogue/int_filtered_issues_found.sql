-- The scores that fit a row of the seed known_issue_filters; an empty cell of it asks for nothing.
with filters as (select * from {{ ref('known_issue_filters') }}),
scores as (select * from {{ ref('int_scores_evidenced') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        filters.issue_id,
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        replace(
            replace(filters.detail, '{score}', coalesce(cast(scores.score as varchar), '')),
            '{raw}', coalesce(cast(scores.score_raw as varchar), '')
        ) as detail,
        scores._file,
        scores._row
    from scores
    left join benchmarks using (benchmark_id)
    inner join filters
        on
            (filters.snapshot_id is null or scores.snapshot_id = filters.snapshot_id)
            and (filters.state is null or scores.state = filters.state)
            and (filters.state_evidence is null or scores.state_evidence = filters.state_evidence)
            and (filters.is_variant is null or (scores.variant_id != '') = filters.is_variant)
            and (filters.is_aggregate is null or benchmarks.is_aggregate = filters.is_aggregate)
            and (filters.min_score is null or scores.score >= filters.min_score)
            and (filters.max_score is null or scores.score <= filters.max_score)
            and (
                filters.benchmark_pattern is null
                or scores.benchmark_id like filters.benchmark_pattern
            )
            and (
                filters.name_pattern is null
                or scores.source_model_name like filters.name_pattern
            )
)

select * from final
