-- The benchmarks of Figures 1 and 5 of Ahlert et al. (2024) for the models of their cohorts: a
-- leaf, or the mean of the leaves below it. A benchmark that no source publishes has no row.
with figure_benchmarks as (select * from {{ ref('figure_benchmarks') }}),
weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),

leaf_scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where level = 'leaf'
),

families as (
    select
        cohort_id,
        model,
        any_value(family) as family
    from {{ ref('int_cohort_scores_attributed') }}
    group by cohort_id, model
),

final as (
    select
        figure_benchmarks.figure_id,
        figure_benchmarks.cohort_id,
        figure_benchmarks.benchmark_id,
        leaf_scores.source_model_key,
        leaf_scores.variant_id,
        families.family,
        sum(leaf_scores.score_directed * weights.weight order by leaf_scores.benchmark_id)
        / sum(weights.weight order by leaf_scores.benchmark_id) as score
    from figure_benchmarks
    inner join weights
        on
            figure_benchmarks.cohort_id = weights.cohort_id
            and figure_benchmarks.benchmark_id = weights.ancestor_id
    inner join leaf_scores
        on
            weights.cohort_id = leaf_scores.cohort_id
            and weights.leaf_id = leaf_scores.benchmark_id
    inner join families
        on
            leaf_scores.cohort_id = families.cohort_id
            and leaf_scores.source_model_key || '/' || leaf_scores.variant_id = families.model
    group by all
)

select * from final
