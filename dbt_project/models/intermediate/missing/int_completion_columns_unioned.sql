-- What missing scores are predicted from: every score that there is of a cohort with missing cells,
-- and what else is known of its models, as further columns of no weight. Top-1 is that of the
-- snapshot, whether measured or typed.
with scores as (
    select * from {{ ref('int_cohort_scores_attributed') }}
    where level = 'leaf'
),

cohorts as (
    select * from {{ ref('cohorts') }}
    where not is_complete_case
),

weights as (
    select * from {{ ref('int_benchmark_levels_weighted') }}
    where level = 'whole'
),

benchmarks as (select * from {{ ref('benchmarks') }}),
members as (select * from {{ ref('int_cohort_members_named') }}),

sizes as (
    select
        model_id,
        arg_min(try_cast(value as double), priority) as n_parameters
    from {{ ref('int_model_attributes_collected') }}
    where attribute = 'n_parameters'
    group by model_id
),

cells as (
    select
        scores.cohort_id,
        scores.model,
        scores.family,
        scores.benchmark_id,
        coalesce(benchmarks.dataset, scores.benchmark_id) as dataset,
        scores.score_directed,
        weights.weight
    from scores
    inner join cohorts using (cohort_id)
    inner join weights
        on scores.cohort_id = weights.cohort_id and scores.benchmark_id = weights.leaf_id
    inner join benchmarks on scores.benchmark_id = benchmarks.benchmark_id
),

models as (
    select
        scores.cohort_id,
        scores.model,
        any_value(scores.family) as family,
        any_value(scores.imagenet_top1) as imagenet_top1
    from scores
    inner join cohorts using (cohort_id)
    group by all
),

accuracies as (
    select
        cohort_id,
        model,
        family,
        'imagenet_top1' as benchmark_id,
        cast(null as varchar) as dataset,
        imagenet_top1 as score_directed,
        0 as weight
    from models
    where imagenet_top1 is not null
),

log_sizes as (
    select
        models.cohort_id,
        models.model,
        models.family,
        'log10_parameters' as benchmark_id,
        cast(null as varchar) as dataset,
        log10(sizes.n_parameters) as score_directed,
        0 as weight
    from models
    inner join members using (cohort_id, model)
    inner join sizes using (model_id)
    where sizes.n_parameters > 0
),

final as (
    select * from cells
    union all
    select * from accuracies
    union all
    select * from log_sizes
)

select * from final
