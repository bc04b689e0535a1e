with correlations as (
    select * from {{ ref('fct_benchmark_correlations') }}
    where
        cohort_id = 'brainscore_2024_complete_dedup'
        and level = 'leaf'
        and method = 'spearman'
),

benchmarks as (
    select * from {{ ref('dim_benchmarks') }}
),

regions as (
    select
        unnest(['V1', 'V2', 'V4', 'IT', 'behaviour']) as region,
        unnest([1, 2, 3, 4, 5]) as region_position
),

-- a heat map has both halves
mirrored as (
    select * from correlations
    union all by name
    select * replace (benchmark_b as benchmark_a, benchmark_a as benchmark_b) from correlations
),

leaves as (
    select
        benchmarks.benchmark_id,
        benchmarks.title,
        benchmarks.region,
        benchmarks.dataset,
        regions.region_position,
        row_number() over (
            order by regions.region_position, benchmarks.dataset, benchmarks.benchmark_id
        ) as position
    from benchmarks
    inner join regions using (region)
    where benchmarks.benchmark_id in (select mirrored.benchmark_a from mirrored)
),

final as (
    select
        cast(mirrored.cohort_id as varchar) as cohort_id,
        cast(mirrored.benchmark_a as varchar) as benchmark_a,
        cast(mirrored.benchmark_b as varchar) as benchmark_b,
        cast(a.title as varchar) as title_a,
        cast(b.title as varchar) as title_b,
        cast(a.region as varchar) as region_a,
        cast(b.region as varchar) as region_b,
        cast(a.position as bigint) as position_a,
        cast(b.position as bigint) as position_b,
        cast(a.dataset = b.dataset as boolean) as is_one_dataset,
        cast(mirrored.n_models as bigint) as n_models,
        cast(mirrored.estimate as double) as estimate,
        cast(mirrored.ci_low as double) as ci_low,
        cast(mirrored.ci_high as double) as ci_high,
        cast(mirrored.p_value as double) as p_value,
        cast(mirrored.p_bonferroni as double) as p_bonferroni,
        cast(mirrored.p_fdr as double) as p_fdr,
        cast(mirrored.p_bonferroni < .05 as boolean) as is_significant
    from mirrored
    inner join leaves as a on mirrored.benchmark_a = a.benchmark_id
    inner join leaves as b on mirrored.benchmark_b = b.benchmark_id
)

select * from final
