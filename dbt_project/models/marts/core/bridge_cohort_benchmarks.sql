with weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        weights.cohort_id,
        weights.leaf_id as benchmark_id,
        benchmarks.modality,
        benchmarks.region,
        max(weights.weight) filter (where weights.level = 'region') as region_weight,
        max(weights.weight) filter (where weights.level = 'whole') as whole_weight
    from weights
    left join benchmarks on weights.leaf_id = benchmarks.benchmark_id
    group by all
)

select * from final
