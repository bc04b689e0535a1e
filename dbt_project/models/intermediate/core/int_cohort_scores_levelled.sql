-- The scores of a cohort's members at four levels: leaves as published; groups (the direct parents
-- of neural leaves, and behaviour as one: twelve in Brain-Score), regions (V1, V2, V4, IT,
-- behaviour) and modalities (neural, behaviour) as hierarchy-weighted means of the leaves. With
-- missing leaves the mean is over those scored, and n_leaves says how many. The group V1 holds the
-- leaves right under V1, those of Marques2020 have seven groups of their own.
with members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_directed is not null
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

leaf_scores as (
    select
        members.cohort_id,
        members.source_model_key,
        members.variant_id,
        weights.leaf_id as benchmark_id,
        scores.score_directed
    from members
    inner join weights on members.cohort_id = weights.cohort_id and weights.level = 'leaf'
    inner join scores
        on
            members.snapshot_id = scores.snapshot_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
            and weights.leaf_id = scores.benchmark_id
),

-- behaviour is a region beside V1 to IT, and a modality beside neural
levels as (
    select
        cohort_id,
        leaf_id,
        ancestor_id,
        weight,
        level
    from weights
    where level in ('region', 'modality')
    union all
    select
        cohort_id,
        leaf_id,
        ancestor_id,
        weight,
        'modality' as level
    from weights
    where ancestor_id = 'behavior_vision'
    union all
    select
        weights.cohort_id,
        weights.leaf_id,
        weights.ancestor_id,
        weights.weight,
        'group' as level
    from weights
    inner join benchmarks on weights.leaf_id = benchmarks.benchmark_id
    where
        (
            benchmarks.modality = 'neural'
            and weights.ancestor_id = benchmarks.parent_benchmark_id
        )
        or (benchmarks.modality = 'behavioural' and weights.ancestor_id = 'behavior_vision')
),

level_scores as (
    select
        leaf_scores.cohort_id,
        levels.level,
        leaf_scores.source_model_key,
        leaf_scores.variant_id,
        levels.ancestor_id as benchmark_id,
        sum(leaf_scores.score_directed * levels.weight) / sum(levels.weight) as score_directed,
        count(*) as n_leaves
    from leaf_scores
    inner join levels
        on
            leaf_scores.cohort_id = levels.cohort_id
            and leaf_scores.benchmark_id = levels.leaf_id
    group by all
),

final as (
    select
        cohort_id,
        'leaf' as level,
        source_model_key,
        variant_id,
        benchmark_id,
        score_directed,
        1 as n_leaves
    from leaf_scores
    union all by name
    select * from level_scores
)

select * from final
