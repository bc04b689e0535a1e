with scores as (
    select * from {{ ref('int_scores_evidenced') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

final as (
    select
        cast(scores.source_id as varchar) as source_id,
        cast(scores.snapshot_id as varchar) as snapshot_id,
        cast(scores.source_model_key as varchar) as source_model_key,
        cast(scores.variant_id as varchar) as variant_id,
        cast(scores.benchmark_id as varchar) as benchmark_id,
        cast(names.model_id as varchar) as model_id,
        cast(names.source_model_name as varchar) as source_model_name,
        cast(scores.published_benchmark as varchar) as published_benchmark,
        cast(scores.benchmark_version as varchar) as benchmark_version,
        cast(scores.score_raw as double) as score_raw,
        cast(scores.score as double) as score,
        cast(scores.score_directed as double) as score_directed,
        cast(scores.error as double) as error,
        cast(scores.state as varchar) as state,
        cast(scores.state_evidence as varchar) as state_evidence,
        cast(benchmarks.is_aggregate as boolean) as is_aggregate,
        cast(scores._load_id as varchar) as load_id,
        cast(scores._file as varchar) as source_file,
        cast(scores._row as bigint) as source_row
    from scores
    left join names
        on
            scores.snapshot_id = names.snapshot_id
            and scores.source_model_key = names.source_model_key
    left join benchmarks on scores.benchmark_id = benchmarks.benchmark_id
)

select * from final
