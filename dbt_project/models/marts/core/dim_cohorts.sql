with cohorts as (select * from {{ ref('cohorts') }}),

benchmark_sets as (
    select
        benchmark_set,
        count(*) as n_benchmarks
    from {{ ref('benchmark_sets') }}
    group by benchmark_set
),

models as (select * from {{ ref('int_cohort_models_screened') }}),

final as (
    select
        cohorts.* exclude (pool_id),
        benchmark_sets.n_benchmarks,
        count(models.source_model_key) as n_candidates,
        count(*) filter (where models.is_member) as n_models,
        count(*) filter (where models.exclusion_reason = 'not_in_list') as n_not_in_list,
        count(*) filter (where models.exclusion_reason = 'never_scored') as n_never_scored,
        count(*) filter (where models.exclusion_reason = 'incomplete') as n_incomplete,
        count(*) filter (where models.exclusion_reason = 'accuracy_floor') as n_below_floor,
        count(*) filter (where models.exclusion_reason = 'duplicate') as n_duplicates
    from cohorts
    inner join benchmark_sets using (benchmark_set)
    left join models using (cohort_id)
    group by all
)

select * from final
