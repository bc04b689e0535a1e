-- The reviewed grid of alignment × property, its patterns resolved.
with cohorts as (select * from {{ ref('relation_cohorts') }}),
grid as (select * from {{ ref('relation_grid') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

blocks as (
    select
        cohorts.cohort_id,
        grid.block_id,
        unnest(['alignment', 'property']) as role,
        unnest([grid.alignment_pattern, grid.property_pattern]) as benchmark_pattern
    from grid
    inner join cohorts on regexp_full_match(cohorts.cohort_id, grid.cohort_pattern)
),

final as (
    select
        blocks.cohort_id,
        blocks.block_id,
        blocks.role,
        benchmarks.benchmark_id
    from blocks
    inner join benchmarks on regexp_full_match(benchmarks.benchmark_id, blocks.benchmark_pattern)
)

select * from final
