-- The scores of a cohort's members at four levels: leaves as published; groups, regions and
-- modalities as weighted means of the leaves (int_benchmark_levels_weighted). Where leaves are
-- missing the mean is over those scored, and n_leaves says how many.
with members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

levels as (
    select * from {{ ref('int_benchmark_levels_weighted') }}
    where level != 'whole'
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_directed is not null
),

leaf_scores as (
    select
        members.cohort_id,
        'leaf' as level,
        members.source_model_key,
        members.variant_id,
        scores.benchmark_id,
        scores.score_directed,
        1 as n_leaves
    from members
    inner join levels on members.cohort_id = levels.cohort_id and levels.level = 'leaf'
    inner join scores
        on
            members.snapshot_id = scores.snapshot_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
            and levels.leaf_id = scores.benchmark_id
),

level_scores as (
    select
        leaf_scores.cohort_id,
        levels.level,
        leaf_scores.source_model_key,
        leaf_scores.variant_id,
        levels.benchmark_id,
        {{ ranked_average('leaf_scores.score_directed', 'levels.weight') }} as score_directed,
        count(*) as n_leaves
    from leaf_scores
    inner join levels
        on
            leaf_scores.cohort_id = levels.cohort_id
            and leaf_scores.benchmark_id = levels.leaf_id
            and levels.level != 'leaf'
    group by all
),

final as (
    select * from leaf_scores
    union all by name
    select * from level_scores
)

select * from final
