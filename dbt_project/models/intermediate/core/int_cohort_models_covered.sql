-- How much of its cohort each member was measured on, by scores that nobody doubts.
with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level = 'leaf'
),

doubted as (select * from {{ ref('int_cohort_scores_doubted') }}),

leaves as (
    select
        levels.cohort_id,
        levels.leaf_id as benchmark_id,
        coalesce(benchmarks.dataset, levels.leaf_id) as dataset
    from {{ ref('int_benchmark_levels_weighted') }} as levels
    inner join {{ ref('benchmarks') }} as benchmarks on levels.leaf_id = benchmarks.benchmark_id
    where levels.level = 'leaf'
),

sizes as (
    select
        cohort_id,
        count(*) as n_benchmarks,
        count(distinct dataset) as n_datasets
    from leaves
    group by cohort_id
),

final as (
    select
        scores.cohort_id,
        scores.source_model_key,
        scores.variant_id,
        count(doubted.n_doubted) as n_doubted,
        (count(*) - count(doubted.n_doubted)) / any_value(sizes.n_benchmarks) as coverage,
        count(distinct leaves.dataset) filter (where doubted.n_doubted is null)
        / any_value(sizes.n_datasets) as dataset_coverage,
        coverage >= .9 as is_comparable  -- warehouse.rank.MIN_COVERAGE
    from scores
    inner join leaves using (cohort_id, benchmark_id)
    inner join sizes using (cohort_id)
    left join doubted using (cohort_id, level, source_model_key, variant_id, benchmark_id)
    group by scores.cohort_id, scores.source_model_key, scores.variant_id
)

select * from final
