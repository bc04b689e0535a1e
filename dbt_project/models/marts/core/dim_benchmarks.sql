with benchmarks as (select * from {{ ref('benchmarks') }}),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    union all by name
    select * from {{ ref('int_layer_scores_unioned') }}
),

final as (
    select
        benchmarks.*,
        count(scores.score) as n_scores,
        count(distinct scores.snapshot_id) filter (where scores.score is not null) as n_snapshots,
        string_agg(
            distinct scores.benchmark_version, ', ' order by scores.benchmark_version
        ) filter (where scores.benchmark_version != '') as versions
    from benchmarks
    left join scores using (benchmark_id)
    group by all
)

select * from final
