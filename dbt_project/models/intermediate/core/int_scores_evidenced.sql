-- The two files of the 2025 leaderboard disagree on failed against never run. The new file is
-- taken, and the evidence says whether the old one agrees (METHODS §1). A key absent from the 2024
-- snapshot is never_run without any evidence: both kinds of row are made here.
with scores as (
    select * from {{ ref('int_scores_unioned') }}
),

old_states as (
    select
        'brainscore_2025_05' as snapshot_id,
        source_model_key,
        benchmark_id,
        state
    from scores
    where snapshot_id = 'brainscore_2025_05_old'
),

published as (
    select
        scores.* exclude (state_evidence),
        case
            when scores.snapshot_id != 'brainscore_2025_05' then scores.state_evidence
            when old_states.state = scores.state then 'both'
            else 'new_only'
        end as state_evidence
    from scores
    left join old_states
        on
            scores.snapshot_id = old_states.snapshot_id
            and scores.source_model_key = old_states.source_model_key
            and scores.benchmark_id = old_states.benchmark_id
),

scores_2024 as (
    select * from scores
    where snapshot_id = 'brainscore_2024_01_01'
),

models_2024 as (
    select
        source_id,
        snapshot_id,
        source_model_key,
        source_model_name,
        variant_id,
        _load_id,
        _file,
        min(_row) as _row
    from scores_2024
    group by all
),

benchmarks_2024 as (
    select
        benchmark_id,
        min(published_benchmark) as published_benchmark
    from scores_2024
    group by benchmark_id
),

cells_2024 as (
    select
        models_2024.*,
        benchmarks_2024.*
    from models_2024
    cross join benchmarks_2024
),

absent as (
    select
        cells_2024.*,
        '' as benchmark_version,
        cast(null as double) as score_raw,
        cast(null as double) as score,
        cast(null as double) as error,
        'never_run' as state,
        cast(null as double) as score_directed,
        'none' as state_evidence
    from cells_2024
    left join scores_2024
        on
            cells_2024.source_model_key = scores_2024.source_model_key
            and cells_2024.benchmark_id = scores_2024.benchmark_id
    where scores_2024.benchmark_id is null
),

final as (
    select * from published
    union all by name
    select * from absent
)

select * from final
