with product_moments as (
    select * from {{ ref('int_correlations_tested') }}
),

kendalls as (
    select
        *,
        'kendall' as method
    from {{ ref('int_kendall_estimated') }}
),

bootstraps as (
    select
        *,
        'spearman' as method
    from {{ ref('int_pairs_bootstrapped') }}
),

family_bootstraps as (
    select
        *,
        'spearman' as method
    from {{ ref('int_pairs_family_bootstrapped') }}
),

partials as (
    select
        *,
        'spearman' as method
    from {{ ref('int_pairs_partialled') }}
),

reliabilities as (
    select * from {{ ref('int_benchmark_reliabilities_estimated') }}
),

tested as (
    select * from product_moments
    union all by name
    select * from kendalls
),

known as (
    select
        * replace (
            case when isfinite(estimate) then estimate end as estimate,
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
        case when p_value is not null then least(1, p_value * n_tests) end as p_bonferroni,
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

-- leaves alone have a published error
reliable as (
    select
        cohort_id,
        'leaf' as level,
        unnest(['spearman', 'pearson']) as method,
        benchmark_id,
        reliability
    from reliabilities
    where reliability is not null
),

final as (
    select
        cast(corrected.cohort_id as varchar) as cohort_id,
        cast(corrected.level as varchar) as level,
        cast(corrected.method as varchar) as method,
        cast(corrected.benchmark_a as varchar) as benchmark_a,
        cast(corrected.benchmark_b as varchar) as benchmark_b,
        cast(corrected.n_models as bigint) as n_models,
        cast(corrected.estimate as double) as estimate,
        cast(corrected.ci_low as double) as ci_low,
        cast(corrected.ci_high as double) as ci_high,
        cast(corrected.p_value as double) as p_value,
        cast(corrected.p_bonferroni as double) as p_bonferroni,
        cast(case when corrected.p_value is not null then corrected.p_holm end as double)
            as p_holm,
        cast(case when corrected.p_value is not null then corrected.p_fdr end as double) as p_fdr,
        cast(corrected.n_tests as bigint) as n_tests,
        cast(case when isfinite(bootstraps.boot_low) then bootstraps.boot_low end as double)
            as boot_low,
        cast(case when isfinite(bootstraps.boot_high) then bootstraps.boot_high end as double)
            as boot_high,
        cast(
            case when isfinite(family_bootstraps.boot_low) then family_bootstraps.boot_low end
            as double
        ) as family_boot_low,
        cast(
            case when isfinite(family_bootstraps.boot_high) then family_bootstraps.boot_high end
            as double
        ) as family_boot_high,
        cast(
            case when isfinite(partials.estimate_partial) then partials.estimate_partial end
            as double
        ) as estimate_partial,
        cast(partials.n_partial as bigint) as n_partial,
        cast(
            case
                when isfinite(partials.estimate_on_partial_models)
                    then partials.estimate_on_partial_models
            end as double
        ) as estimate_on_partial_models,
        cast(sqrt(a.reliability * b.reliability) as double) as reliability,
        cast(corrected.estimate / sqrt(a.reliability * b.reliability) as double)
            as estimate_disattenuated
    from corrected
    left join bootstraps
        on
            corrected.method = bootstraps.method
            and corrected.cohort_id = bootstraps.cohort_id
            and corrected.level = bootstraps.level
            and corrected.benchmark_a = bootstraps.benchmark_a
            and corrected.benchmark_b = bootstraps.benchmark_b
    left join family_bootstraps
        on
            corrected.method = family_bootstraps.method
            and corrected.cohort_id = family_bootstraps.cohort_id
            and corrected.level = family_bootstraps.level
            and corrected.benchmark_a = family_bootstraps.benchmark_a
            and corrected.benchmark_b = family_bootstraps.benchmark_b
    left join partials
        on
            corrected.method = partials.method
            and corrected.cohort_id = partials.cohort_id
            and corrected.level = partials.level
            and corrected.benchmark_a = partials.benchmark_a
            and corrected.benchmark_b = partials.benchmark_b
    left join reliable as a
        on
            corrected.cohort_id = a.cohort_id
            and corrected.level = a.level
            and corrected.method = a.method
            and corrected.benchmark_a = a.benchmark_id
    left join reliable as b
        on
            corrected.cohort_id = b.cohort_id
            and corrected.level = b.level
            and corrected.method = b.method
            and corrected.benchmark_b = b.benchmark_id
)

select * from final
