-- The scores of the parts of each aggregate, with the weight of a part in the whole: the summed
-- weights of its leaves. Parts are taken at one level at a time, and an aggregate with a single
-- part is left out.
with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level != 'group'
),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
),

levels as (
    select
        cohort_id,
        level,
        benchmark_id
    from scores
    group by all
),

parts as (
    select
        levels.cohort_id,
        levels.level,
        wholes.ancestor_id as whole,
        levels.benchmark_id as part,
        sum(wholes.weight) as weight
    from levels
    inner join weights as leaves
        on levels.cohort_id = leaves.cohort_id and levels.benchmark_id = leaves.ancestor_id
    inner join weights as wholes
        on leaves.cohort_id = wholes.cohort_id and leaves.leaf_id = wholes.leaf_id
    where
        wholes.ancestor_id in ('average_vision', 'neural_vision', 'behavior_vision')
        and wholes.ancestor_id != levels.benchmark_id
    group by all
),

counted as (
    select
        *,
        count(*) over (partition by cohort_id, level, whole) as n_parts
    from parts
),

final as (
    select
        counted.cohort_id,
        counted.level,
        counted.whole,
        counted.part,
        counted.weight,
        scores.source_model_key,
        scores.variant_id,
        scores.score_directed
    from counted
    inner join scores
        on
            counted.cohort_id = scores.cohort_id
            and counted.level = scores.level
            and counted.part = scores.benchmark_id
    where counted.n_parts > 1
)

select * from final
