with cohorts as (select * from {{ ref('cohorts') }}),

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
        cohorts.* exclude (pool_id),
        benchmark_sets.n_benchmarks,
        coalesce(models.n_candidates, 0) as n_candidates,
        coalesce(models.n_models, 0) as n_models,
        coalesce(models.n_not_in_list, 0) as n_not_in_list,
        coalesce(models.n_never_scored, 0) as n_never_scored,
        coalesce(models.n_incomplete, 0) as n_incomplete,
        coalesce(models.n_below_floor, 0) as n_below_floor,
        coalesce(models.n_duplicates, 0) as n_duplicates
    from cohorts
    inner join benchmark_sets using (benchmark_set)
    left join models using (cohort_id)
)

select * from final
