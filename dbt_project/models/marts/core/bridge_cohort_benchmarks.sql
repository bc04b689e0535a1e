with weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

leaves as (
    select
        cohort_id,
        leaf_id,
        max(weight) filter (where level = 'region') as region_weight,
        max(weight) filter (where level = 'whole') as whole_weight
    from weights
    group by cohort_id, leaf_id
),

final as (
    select
        cast(leaves.cohort_id as varchar) as cohort_id,
        cast(leaves.leaf_id as varchar) as benchmark_id,
        cast(benchmarks.modality as varchar) as modality,
        cast(benchmarks.region as varchar) as region,
        cast(leaves.region_weight as double) as region_weight,
        cast(leaves.whole_weight as double) as whole_weight
    from leaves
    left join benchmarks on leaves.leaf_id = benchmarks.benchmark_id
)

select * from final
