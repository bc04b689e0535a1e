with tested as (
    select * from {{ ref('int_correlations_tested') }}
),

known as (
    select
        * replace (
            case when isfinite(p_value) then p_value end as p_value,
            case when isfinite(ci_low) then ci_low end as ci_low,
            case when isfinite(ci_high) then ci_high end as ci_high
        )
    from tested
),

-- corrections run over the unique off-diagonal pairs of one matrix (METHODS §4)
ordered as (
    select
        *,
        count(p_value) over (partition by cohort_id, level, method) as n_tests,
        row_number() over (
            partition by cohort_id, level, method, p_value is null
            order by p_value, benchmark_a, benchmark_b
        ) as place
    from known
),

corrected as (
    select
        *,
        least(1, p_value * n_tests) as p_bonferroni,
        max(least(1, p_value * (n_tests - place + 1))) over (
            partition by cohort_id, level, method, p_value is null
            order by place rows between unbounded preceding and current row
        ) as p_holm,
        min(least(1, p_value * n_tests / place)) over (
            partition by cohort_id, level, method, p_value is null
            order by place rows between current row and unbounded following
        ) as p_fdr
    from ordered
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(method as varchar) as method,
        cast(benchmark_a as varchar) as benchmark_a,
        cast(benchmark_b as varchar) as benchmark_b,
        cast(n_models as bigint) as n_models,
        cast(estimate as double) as estimate,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(p_value as double) as p_value,
        cast(p_bonferroni as double) as p_bonferroni,
        cast(case when p_value is not null then p_holm end as double) as p_holm,
        cast(case when p_value is not null then p_fdr end as double) as p_fdr,
        cast(n_tests as bigint) as n_tests
    from corrected
)

select * from final
