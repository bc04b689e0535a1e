with benchmarks as (select * from {{ ref('benchmarks') }}),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    union all by name
    select * from {{ ref('int_layer_scores_unioned') }}
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
        benchmarks.*,
        counted.versions,
        coalesce(counted.n_scores, 0) as n_scores,
        coalesce(counted.n_snapshots, 0) as n_snapshots
    from benchmarks
    left join counted using (benchmark_id)
)

select * from final
