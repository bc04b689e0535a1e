with tested as (select * from {{ ref('int_panels_tested') }}),

final as (
    select
        cohort_id,
        tested_cohort_id,
        panel,
        n_chosen,
        benchmark_id,
        estimate,
        family_ci_low,
        family_ci_high,
        dataset_ci_low,
        dataset_ci_high,
        ci_low,
        ci_high,
        random_low,
        random_median,
        random_high,
        fold_share,
        n_models,
        n_families,
        n_benchmarks
    from tested
)

select * from final
