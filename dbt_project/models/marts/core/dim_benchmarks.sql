with benchmarks as (
    select * from {{ ref('benchmarks') }}
),

scores as (
    select
        benchmark_id,
        snapshot_id,
        source_model_key,
        score,
        benchmark_version
    from {{ ref('int_scores_evidenced') }}
    union all
    select
        benchmark_id,
        snapshot_id,
        source_model_key,
        score,
        '' as benchmark_version
    from {{ ref('int_layer_scores_unioned') }}
),

counted as (
    select
        benchmark_id,
        count(score) as n_scores,
        count(distinct snapshot_id) filter (where score is not null) as n_snapshots,
        string_agg(distinct benchmark_version, ', ' order by benchmark_version) filter (
            where benchmark_version != ''
        ) as versions
    from scores
    group by benchmark_id
),

final as (
    select
        cast(benchmarks.benchmark_id as varchar) as benchmark_id,
        cast(benchmarks.title as varchar) as title,
        cast(benchmarks.suite as varchar) as suite,
        cast(benchmarks.modality as varchar) as modality,
        cast(benchmarks.region as varchar) as region,
        cast(benchmarks.dataset as varchar) as dataset,
        cast(benchmarks.parent_benchmark_id as varchar) as parent_benchmark_id,
        cast(benchmarks.is_aggregate as boolean) as is_aggregate,
        cast(benchmarks.direction as varchar) as direction,
        cast(benchmarks.direction_reason as varchar) as direction_reason,
        cast(benchmarks.unit as varchar) as unit,
        cast(counted.versions as varchar) as versions,
        cast(benchmarks.citation as varchar) as citation,
        cast(benchmarks.description as varchar) as description,
        cast(coalesce(counted.n_scores, 0) as bigint) as n_scores,
        cast(coalesce(counted.n_snapshots, 0) as bigint) as n_snapshots
    from benchmarks
    left join counted on benchmarks.benchmark_id = counted.benchmark_id
)

select * from final
