-- The reviewed grid of alignment × property, cohort by cohort, over benchmarks that have a score
-- there. A benchmark against itself, and a part against its own whole, are no relation.
with listed as (select * from {{ ref('int_relation_benchmarks_listed') }}),
scores as (select * from {{ ref('int_relation_scores_gathered') }}),
ancestors as (select * from {{ ref('int_benchmark_ancestors_traced') }}),
covariates as (select * from {{ ref('covariate_benchmarks') }}),

measured as (
    select * from listed
    semi join scores using (cohort_id, benchmark_id)
),

crossed as (
    select
        alignments.cohort_id,
        alignments.benchmark_id as alignment_id,
        properties.benchmark_id as property_id,
        min(alignments.block_id) as block_id
    from measured as alignments
    inner join measured as properties using (cohort_id, block_id)
    where alignments.role = 'alignment' and properties.role = 'property'
    group by all
),

final as (
    select
        *,
        (alignment_id, property_id) in (
            select (ancestors.benchmark_id, ancestors.ancestor_id) from ancestors
            union all
            select (ancestors.ancestor_id, ancestors.benchmark_id) from ancestors
        ) as is_part_of_whole,
        alignment_id in (select covariates.benchmark_id from covariates)
        or property_id in (select covariates.benchmark_id from covariates) as is_covariate_side
    from crossed
)

select * from final
