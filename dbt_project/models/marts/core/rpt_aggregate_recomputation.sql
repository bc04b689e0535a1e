with benchmarks as (select * from {{ ref('benchmarks') }}),

scores as (
    select * from {{ ref('fct_scores') }}
    where snapshot_id in (
        select snapshot_id from {{ ref('snapshot_rules') }}
        where has_plain_aggregates
    )
),

-- every direct child that the leaderboard prints, missing counted as zero (Brain-Score's policy)
children as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        benchmarks.parent_benchmark_id as benchmark_id,
        avg(coalesce(scores.score, 0)) as recomputed,
        count(*) as n_children,
        count(*) - count(scores.score) as n_children_missing
    from scores
    inner join benchmarks using (benchmark_id)
    where benchmarks.parent_benchmark_id is not null
    group by all
),

final as (
    select
        scores.snapshot_id,
        scores.source_model_key,
        scores.source_model_name,
        scores.benchmark_id,
        scores.score as published,
        children.recomputed,
        published - children.recomputed as difference,
        -- printed values are rounded to .001, those of 1 and above to .1
        cast(
            case scores.benchmark_id
                when 'Geirhos2021-error_consistency' then .0035
                when 'IT' then .0020
                else .0010
            end as double
        ) as tolerance,
        children.n_children,
        children.n_children_missing,
        -- half a unit of the last binary place must not decide
        abs(difference) > .0010 + 1e-9 as is_over_0010,
        abs(difference) <= tolerance + 1e-9 as is_within_tolerance
    from scores
    left join children using (snapshot_id, source_model_key, benchmark_id)
    where scores.is_aggregate and scores.score is not null
)

select * from final
