-- The weight of each leaf in its region, its modality and the whole, when every parent is the plain
-- mean of those direct children that the cohort contains (METHODS §1). Weights of one ancestor sum
-- to 1. A benchmark outside the tree whose brain region or behaviour we know (the public part of
-- the data, in the scaling study) hangs under that region.
with recursive cohorts as (select * from {{ ref('cohorts') }}),
benchmark_sets as (select * from {{ ref('benchmark_sets') }}),

benchmarks as (
    select
        benchmark_id,
        coalesce(
            parent_benchmark_id,
            case
                when is_aggregate then null
                when region = 'behaviour' then 'behavior_vision'
                when region in ('V1', 'V2', 'V4', 'IT') then region
            end
        ) as parent_benchmark_id
    from {{ ref('benchmarks') }}
),

leaves as (
    select
        cohorts.cohort_id,
        benchmark_sets.benchmark_id
    from cohorts
    inner join benchmark_sets using (benchmark_set)
),

climbed as (
    select
        cohort_id,
        benchmark_id as leaf_id,
        benchmark_id as ancestor_id,
        0 as depth
    from leaves
    union all
    select
        climbed.cohort_id,
        climbed.leaf_id,
        benchmarks.parent_benchmark_id as ancestor_id,
        climbed.depth + 1 as depth
    from climbed
    inner join benchmarks on climbed.ancestor_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
),

edges as (
    select distinct
        climbed.cohort_id,
        climbed.ancestor_id as benchmark_id,
        benchmarks.parent_benchmark_id
    from climbed
    inner join benchmarks on climbed.ancestor_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id is not null
),

shares as (
    select
        *,
        1.0 / count(*) over (partition by cohort_id, parent_benchmark_id) as share
    from edges
),

weighted as (
    select
        cohort_id,
        leaf_id,
        leaf_id as ancestor_id,
        cast(1.0 as double) as weight
    from climbed
    where depth = 0
    union all
    select
        weighted.cohort_id,
        weighted.leaf_id,
        shares.parent_benchmark_id as ancestor_id,
        weighted.weight * shares.share as weight
    from weighted
    inner join shares
        on
            weighted.cohort_id = shares.cohort_id
            and weighted.ancestor_id = shares.benchmark_id
),

final as (
    select
        cohort_id,
        leaf_id,
        ancestor_id,
        weight,
        case
            when ancestor_id = leaf_id then 'leaf'
            when ancestor_id in ('V1', 'V2', 'V4', 'IT', 'behavior_vision') then 'region'
            when ancestor_id = 'neural_vision' then 'modality'
            when ancestor_id = 'average_vision' then 'whole'
            else 'group'
        end as level
    from weighted
)

select * from final
