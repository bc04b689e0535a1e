with ranked as (
    select * from {{ ref('int_scores_ranked') }}
),

snapshots as (
    select * from {{ ref('dim_snapshots') }}
),

benchmarks as (
    select * from {{ ref('dim_benchmarks') }}
),

errors as (
    select * from {{ ref('benchmark_errors') }}
),

final as (
    select
        cast(ranked.model_id as varchar) as model_id,
        cast(ranked.snapshot_id as varchar) as snapshot_id,
        cast(ranked.benchmark_id as varchar) as benchmark_id,
        cast(ranked.source_id as varchar) as source_id,
        cast(snapshots.snapshot_date as date) as snapshot_date,
        cast(ranked.is_latest as boolean) as is_latest,
        cast(benchmarks.title as varchar) as title,
        cast(benchmarks.suite as varchar) as suite,
        cast(benchmarks.modality as varchar) as modality,
        cast(benchmarks.region as varchar) as region,
        cast(benchmarks.unit as varchar) as unit,
        cast(benchmarks.citation as varchar) as citation,
        cast(benchmarks.is_aggregate as boolean) as is_aggregate,
        cast(ranked.source_model_key as varchar) as source_model_key,
        cast(ranked.variant_id as varchar) as variant_id,
        cast(ranked.source_model_name as varchar) as source_model_name,
        cast(ranked.n_published as bigint) as n_published,
        cast(ranked.score as double) as score,
        cast(ranked.score_min as double) as score_min,
        cast(ranked.score_max as double) as score_max,
        cast(ranked.score_directed as double) as score_directed,
        cast(ranked.score_raw as double) as score_raw,
        cast(ranked.error as double) as error,
        cast(case when ranked.error is not null then errors.error_kind end as varchar)
            as error_kind,
        cast(ranked.n_models as bigint) as n_models,
        cast(ranked.score_rank as double) as score_rank,
        cast(ranked.score_percentile as double) as score_percentile,
        cast(
            {{ wilson('(ranked.n_models - ranked.score_rank)', '(ranked.n_models - 1)', '-') }}
            as double
        ) as percentile_low,
        cast(
            {{ wilson('(ranked.n_models - ranked.score_rank)', '(ranked.n_models - 1)', '+') }}
            as double
        ) as percentile_high,
        cast(ranked.percentile_error_low as double) as percentile_error_low,
        cast(ranked.percentile_error_high as double) as percentile_error_high,
        cast(ranked._load_id as varchar) as load_id,
        cast(ranked._file as varchar) as source_file,
        cast(ranked._row as bigint) as source_row
    from ranked
    inner join snapshots on ranked.snapshot_id = snapshots.snapshot_id
    inner join benchmarks on ranked.benchmark_id = benchmarks.benchmark_id
    left join errors on ranked.benchmark_id = errors.benchmark_id
)

select * from final
