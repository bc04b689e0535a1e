-- The weight of each leaf in its region, its modality and the whole, when every parent is the plain
-- mean of those direct children that the cohort contains. Weights of one ancestor sum to 1. A
-- benchmark outside the tree whose brain region or behaviour we know (the public part of the data,
-- in the scaling study) hangs under that region.
with recursive edges as (
    select
        benchmark_id,
        coalesce(
            parent_benchmark_id,
            case
                when is_aggregate then null
                when region = 'behaviour' then 'behavior_vision'
                when region in ('V1', 'V2', 'V4', 'IT') then region
            end
        ) as parent_id
    from {{ ref('benchmarks') }}
),

leaves as (
    select
        cohorts.cohort_id,
        benchmark_sets.benchmark_id as leaf_id,
        benchmark_sets.benchmark_id as ancestor_id
    from {{ ref('cohorts') }} as cohorts
    inner join {{ ref('benchmark_sets') }} as benchmark_sets using (benchmark_set)
),

climbed as (
    select * from leaves
    union all
    select
        climbed.cohort_id,
        climbed.leaf_id,
        edges.parent_id as ancestor_id
    from climbed
    inner join edges on climbed.ancestor_id = edges.benchmark_id
    where edges.parent_id is not null
),

-- what a child that the cohort reaches gives to its parent
shares as (
    select
        climbed.cohort_id,
        climbed.ancestor_id,
        edges.parent_id,
        1.0 / count(*) over (partition by climbed.cohort_id, edges.parent_id) as share
    from climbed
    inner join edges on climbed.ancestor_id = edges.benchmark_id
    where edges.parent_id is not null
    group by climbed.cohort_id, climbed.ancestor_id, edges.parent_id
),

weighted as (
    select
        *,
        cast(1 as double) as weight
    from leaves
    union all
    select
        weighted.cohort_id,
        weighted.leaf_id,
        shares.parent_id as ancestor_id,
        weighted.weight * shares.share as weight
    from weighted
    inner join shares using (cohort_id, ancestor_id)
),

final as (
    select
        *,
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
