with cohorts as (
    select * from {{ ref('cohorts') }}
),

benchmark_sets as (
    select
        benchmark_set,
        count(*) as n_benchmarks
    from {{ ref('benchmark_sets') }}
    group by benchmark_set
),

models as (
    select
        cohort_id,
        count(*) as n_candidates,
        count(*) filter (where is_member) as n_models,
        count(*) filter (where exclusion_reason = 'not_in_list') as n_not_in_list,
        count(*) filter (where exclusion_reason = 'never_scored') as n_never_scored,
        count(*) filter (where exclusion_reason = 'incomplete') as n_incomplete,
        count(*) filter (where exclusion_reason = 'accuracy_floor') as n_below_floor,
        count(*) filter (where exclusion_reason = 'duplicate') as n_duplicates
    from {{ ref('int_cohort_models_screened') }}
    group by cohort_id
),

final as (
    select
        cast(cohorts.cohort_id as varchar) as cohort_id,
        cast(cohorts.title as varchar) as title,
        cast(cohorts.description as varchar) as description,
        cast(cohorts.snapshot_id as varchar) as snapshot_id,
        cast(cohorts.rule_snapshot_id as varchar) as rule_snapshot_id,
        cast(cohorts.benchmark_set as varchar) as benchmark_set,
        cast(cohorts.is_complete_case as boolean) as is_complete_case,
        cast(cohorts.accuracy_floor as double) as accuracy_floor,
        cast(cohorts.is_deduplicated as boolean) as is_deduplicated,
        cast(cohorts.model_filter as varchar) as model_filter,
        cast(coalesce(models.n_models, 0) as bigint) as n_models,
        cast(benchmark_sets.n_benchmarks as bigint) as n_benchmarks,
        cast(coalesce(models.n_candidates, 0) as bigint) as n_candidates,
        cast(coalesce(models.n_not_in_list, 0) as bigint) as n_not_in_list,
        cast(coalesce(models.n_never_scored, 0) as bigint) as n_never_scored,
        cast(coalesce(models.n_incomplete, 0) as bigint) as n_incomplete,
        cast(coalesce(models.n_below_floor, 0) as bigint) as n_below_floor,
        cast(coalesce(models.n_duplicates, 0) as bigint) as n_duplicates
    from cohorts
    inner join benchmark_sets on cohorts.benchmark_set = benchmark_sets.benchmark_set
    left join models on cohorts.cohort_id = models.cohort_id
)

select * from final
