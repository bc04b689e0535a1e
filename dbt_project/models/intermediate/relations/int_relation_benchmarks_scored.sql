-- One value per model of a snapshot and benchmark of the grid, or accuracy that may be held
-- constant. Aggregates as published count missing scores as zero: one stands only where no leaf is
-- missing. The variants of a probe are its seeds, those of anything else other sizes, heads or
-- distances.
with snapshots as (
    select * from {{ ref('snapshots') }}
    where is_current
),

benchmarks as (select * from {{ ref('benchmarks') }}),

wanted as (
    select benchmark_id from {{ ref('int_relation_benchmarks_listed') }}
    union
    select benchmark_id from {{ ref('covariate_benchmarks') }}
),

scores as (select * from {{ ref('int_scores_evidenced') }}),

ancestors as (
    select * from {{ ref('int_benchmark_ancestors_traced') }}
    where not is_aggregate
),

whole as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        scores.variant_id,
        ancestors.ancestor_id as benchmark_id
    from scores
    inner join ancestors using (benchmark_id)
    group by all
    having bool_and(scores.score_directed is not null)
),

final as (
    select
        scores.snapshot_id,
        snapshots.snapshot_date,
        scores.source_id,
        scores.source_model_key,
        scores.benchmark_id,
        if(
            any_value(benchmarks.suite) = 'probe',
            avg(scores.score_directed order by scores.variant_id),
            arg_min(scores.score_directed, scores.variant_id)
        ) as score
    from scores
    inner join snapshots using (snapshot_id)
    inner join benchmarks using (benchmark_id)
    semi join wanted using (benchmark_id)
    semi join whole using (snapshot_id, source_model_key, variant_id, benchmark_id)
    where scores.score_directed is not null
    group by all
)

select * from final
