-- The scores of a cohort's members at four levels: leaves as published; groups (the direct parents
-- of neural leaves, and behaviour as one: twelve in Brain-Score), regions (V1, V2, V4, IT,
-- behaviour) and modalities (neural, behaviour) as hierarchy-weighted means of the leaves. With
-- missing leaves the mean is over those scored, and n_leaves says how many. The group V1 holds the
-- leaves right under V1; those of Marques2020 have seven groups of their own.
with members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

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
    inner join weights on members.cohort_id = weights.cohort_id and weights.level = 'leaf'
    inner join scores
        on
            members.snapshot_id = scores.snapshot_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
            and weights.leaf_id = scores.benchmark_id
),

-- behaviour is a group and a region beside those of the brain, and a modality beside neural
levels as (
    select * from weights
    where level in ('region', 'modality')
    union all
    select * replace ('modality' as level) from weights
    where ancestor_id = 'behavior_vision'
    union all
    select weights.* replace ('group' as level)
    from weights
    inner join benchmarks on weights.leaf_id = benchmarks.benchmark_id
    where weights.ancestor_id = case benchmarks.modality
        when 'neural' then benchmarks.parent_benchmark_id
        when 'behavioural' then 'behavior_vision'
    end
),

level_scores as (
    select
        leaf_scores.cohort_id,
        levels.level,
        leaf_scores.source_model_key,
        leaf_scores.variant_id,
        levels.ancestor_id as benchmark_id,
        {{ ranked_average('leaf_scores.score_directed', 'levels.weight') }} as score_directed,
        count(*) as n_leaves
    from leaf_scores
    inner join levels
        on
            leaf_scores.cohort_id = levels.cohort_id
            and leaf_scores.benchmark_id = levels.leaf_id
    group by all
),

final as (
    select * from leaf_scores
    union all by name
    select * from level_scores
)

select * from final
