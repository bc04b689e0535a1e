-- The scores of the parts of each aggregate, with the weight of a part in the whole: the summed
-- weights of its leaves. Parts are taken at one level at a time, and an aggregate with a single
-- part is left out.
with weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),

scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level != 'group'
),

levels as (
    select
        cohort_id,
        level,
        benchmark_id as part
    from scores
    group by all
),

parts as (
    select
        levels.*,
        wholes.ancestor_id as whole,
        {{ ordered_sum('wholes.weight') }} as weight
    from levels
    inner join weights as leaves
        on levels.cohort_id = leaves.cohort_id and levels.part = leaves.ancestor_id
    inner join weights as wholes
        on leaves.cohort_id = wholes.cohort_id and leaves.leaf_id = wholes.leaf_id
    where
        wholes.ancestor_id in ('average_vision', 'neural_vision', 'behavior_vision')
        and wholes.ancestor_id != levels.part
    group by levels.cohort_id, levels.level, levels.part, wholes.ancestor_id
    qualify count(*) over (partition by levels.cohort_id, levels.level, wholes.ancestor_id) > 1
),

final as (
    select
        parts.*,
        scores.source_model_key,
        scores.variant_id,
        scores.score_directed
    from parts
    inner join scores
        on
            parts.cohort_id = scores.cohort_id
            and parts.level = scores.level
            and parts.part = scores.benchmark_id
)

select * from final
