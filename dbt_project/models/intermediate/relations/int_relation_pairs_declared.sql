-- The reviewed grid of alignment × property, cohort by cohort, over benchmarks that have a score
-- there. A thing against itself, and a part against its own whole, are no relation.
with recursive grid as (
    select * from {{ ref('relation_grid') }}
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

covariates as (
    select * from {{ ref('covariate_benchmarks') }}
),

measured as (
    select
        cohort_id,
        benchmark_id
    from {{ ref('int_relation_scores_gathered') }}
    group by all
),

lines as (
    select
        benchmark_id as part_id,
        benchmark_id as whole_id
    from benchmarks
    union all
    select
        lines.part_id,
        benchmarks.parent_benchmark_id as whole_id
    from lines
    inner join benchmarks on lines.whole_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
),

crossed as (
    select
        alignments.cohort_id,
        alignments.benchmark_id as alignment_id,
        properties.benchmark_id as property_id,
        min(grid.block_id) as block_id
    from grid
    inner join measured as alignments
        on
            regexp_full_match(alignments.cohort_id, grid.cohort_pattern)
            and regexp_full_match(alignments.benchmark_id, grid.alignment_pattern)
    inner join measured as properties
        on
            alignments.cohort_id = properties.cohort_id
            and regexp_full_match(properties.benchmark_id, grid.property_pattern)
    group by alignments.cohort_id, alignments.benchmark_id, properties.benchmark_id
),

final as (
    select
        crossed.*,
        coalesce(upwards.part_id, downwards.part_id) is not null as is_part_of_whole,
        crossed.alignment_id in (select covariates.benchmark_id from covariates)
        or crossed.property_id in (select covariates.benchmark_id from covariates)
            as is_covariate_side
    from crossed
    left join lines as upwards
        on
            crossed.alignment_id = upwards.part_id
            and crossed.property_id = upwards.whole_id
    left join lines as downwards
        on
            crossed.property_id = downwards.part_id
            and crossed.alignment_id = downwards.whole_id
)

select * from final
