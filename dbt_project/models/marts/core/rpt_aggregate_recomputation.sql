with scores as (
    select * from {{ ref('fct_scores') }}
    where snapshot_id = 'brainscore_2025_05'
),

benchmarks as (
    select * from {{ ref('dim_benchmarks') }}
),

-- every direct child that the leaderboard prints, missing counted as zero (Brain-Score's policy)
children as (
    select
        scores.source_model_key,
        benchmarks.parent_benchmark_id as benchmark_id,
        avg(coalesce(scores.score, 0)) as recomputed,
        count(*) as n_children,
        count(*) - count(scores.score) as n_children_missing
    from scores
    inner join benchmarks on scores.benchmark_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
    group by all
),

published as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        benchmark_id,
        score as published
    from scores
    where is_aggregate and score is not null
),

compared as (
    select
        published.*,
        children.recomputed,
        children.n_children,
        children.n_children_missing,
        published.published - children.recomputed as difference,
        -- printed values are rounded to .001, those of 1 and above to .1 (METHODS §1)
        case published.benchmark_id
            when 'Geirhos2021-error_consistency' then .0035
            when 'IT' then .0020
            else .0010
        end as tolerance
    from published
    left join children
        on
            published.source_model_key = children.source_model_key
            and published.benchmark_id = children.benchmark_id
),

final as (
    select
        cast(snapshot_id as varchar) as snapshot_id,
        cast(source_model_key as varchar) as source_model_key,
        cast(source_model_name as varchar) as source_model_name,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(published as double) as published,
        cast(recomputed as double) as recomputed,
        cast(difference as double) as difference,
        cast(tolerance as double) as tolerance,
        cast(n_children as bigint) as n_children,
        cast(n_children_missing as bigint) as n_children_missing,
        -- half a unit of the last binary place must not decide
        cast(abs(difference) > .0010 + 1e-9 as boolean) as is_over_0010,
        cast(abs(difference) <= tolerance + 1e-9 as boolean) as is_within_tolerance
    from compared
)

select * from final
