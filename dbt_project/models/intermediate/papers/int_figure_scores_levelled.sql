-- The benchmarks of Figures 1 and 5 of Ahlert et al. (2024) for the models of their cohorts: a
-- leaf, the mean of the leaves below it, or another source's score of the same weights, where the
-- seed says how sure the links must be. A benchmark that no source publishes has no row.
with figure_benchmarks as (select * from {{ ref('figure_benchmarks') }}),
weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
by_weights as (select * from {{ ref('int_cross_sources_gathered') }}),

leaf_scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level = 'leaf'
),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

families as (
    select
        cohort_id,
        model,
        any_value(family) as family
    from {{ ref('int_cohort_scores_attributed') }}
    group by cohort_id, model
),

averaged as (
    select
        figure_benchmarks.figure_id,
        figure_benchmarks.cohort_id,
        figure_benchmarks.benchmark_id,
        leaf_scores.source_model_key,
        leaf_scores.variant_id,
        {{ ranked_average('leaf_scores.score_directed', 'weights.weight') }} as score
    from figure_benchmarks
    inner join weights
        on
            figure_benchmarks.cohort_id = weights.cohort_id
            and figure_benchmarks.benchmark_id = weights.ancestor_id
    inner join leaf_scores
        on
            weights.cohort_id = leaf_scores.cohort_id
            and weights.leaf_id = leaf_scores.benchmark_id
    group by all
),

joined as (  -- of several submissions of the same weights the lowest key counts
    select
        figure_benchmarks.figure_id,
        figure_benchmarks.cohort_id,
        figure_benchmarks.benchmark_id,
        members.source_model_key,
        members.variant_id,
        by_weights.score_directed as score
    from figure_benchmarks
    inner join members using (cohort_id)
    inner join names using (snapshot_id, source_model_key)
    inner join by_weights
        on
            figure_benchmarks.joined_at = by_weights.confidence
            and figure_benchmarks.benchmark_id = by_weights.benchmark_id
            and {{ believed_model(confidence_rank('figure_benchmarks.joined_at')) }}
            = by_weights.model
    qualify row_number() over (
        partition by
            figure_benchmarks.figure_id, figure_benchmarks.benchmark_id, by_weights.model
        order by
            try_cast(members.source_model_key as bigint), members.source_model_key,
            members.variant_id
    ) = 1
),

scored as (
    select * from averaged
    union all by name
    select * from joined
),

final as (
    select
        scored.*,
        families.family
    from scored
    inner join families
        on
            scored.cohort_id = families.cohort_id
            and scored.source_model_key || '/' || scored.variant_id = families.model
)

select * from final
