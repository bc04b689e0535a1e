with correlations as (
    select * from {{ ref('fct_benchmark_correlations') }}
    where
        cohort_id = 'brainscore_2024_complete_dedup'
        and level = 'leaf'
        and method = 'spearman'
),

benchmarks as (select * from {{ ref('benchmarks') }}),

-- a heat map has both halves
mirrored as (
    select * from correlations
    union all by name
    select * replace (benchmark_b as benchmark_a, benchmark_a as benchmark_b) from correlations
),

leaves as (
    select
        *,
        row_number() over (
            order by
                list_position(['V1', 'V2', 'V4', 'IT', 'behaviour'], region), dataset, benchmark_id
        ) as position
    from benchmarks
    where benchmarks.benchmark_id in (select mirrored.benchmark_a from mirrored)
),

final as (
    select
        mirrored.cohort_id,
        mirrored.benchmark_a,
        mirrored.benchmark_b,
        a.title as title_a,
        b.title as title_b,
        a.region as region_a,
        b.region as region_b,
        a.position as position_a,
        b.position as position_b,
        a.dataset = b.dataset as is_one_dataset,
        mirrored.n_models,
        mirrored.estimate,
        mirrored.ci_low,
        mirrored.ci_high,
        mirrored.p_value,
        mirrored.p_bonferroni,
        mirrored.p_fdr,
        mirrored.p_bonferroni < .05 as is_significant
    from mirrored
    inner join leaves as a on mirrored.benchmark_a = a.benchmark_id
    inner join leaves as b on mirrored.benchmark_b = b.benchmark_id
)

select * from final
