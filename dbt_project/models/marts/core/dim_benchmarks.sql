with own_scores as (select * from {{ ref('int_own_scores_named') }}),

benchmarks as (
    select
        *,
        false as is_private
    from {{ ref('benchmarks') }}
    union all by name
    select distinct
        benchmark_id,
        substr(benchmark_id, 5) as title,
        'own' as suite,
        false as is_aggregate,
        'higher' as direction,
        'own' as unit,
        'Added on this machine.' as description,
        'own' as metric_type,
        true as is_private
    from own_scores
    where starts_with(benchmark_id, 'own:')
),

-- a published benchmark counts published scores
scores as (
    select * from {{ ref('int_scores_evidenced') }}
    union all by name
    select * from {{ ref('int_layer_scores_unioned') }}
    union all by name
    select * from own_scores
    where starts_with(benchmark_id, 'own:')
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
