with correlations as (select * from {{ ref('int_pairs_correlated') }}),

-- leaves alone have a published error
reliable as (
    select
        cohort_id,
        'leaf' as level,
        unnest(['spearman', 'pearson']) as method,
        benchmark_id,
        reliability
    from {{ ref('rpt_benchmark_reliabilities') }}
    where reliability is not null
),

-- corrections run over the unique off-diagonal pairs of one matrix
ordered as (
    select
        *,
        count(p_value) over (partition by cohort_id, level, method) as n_tests,
        row_number() over (
            partition by cohort_id, level, method, p_value is null
            order by p_value, benchmark_a, benchmark_b
        ) as place
    from correlations
),

-- least() would make 1 of an absent p
corrected as (
    select
        *,
        case when p_value is not null then least(1, p_value * n_tests) end as p_bonferroni,
        case
            when p_value_naive is not null
                then least(1, p_value_naive * count(p_value_naive) over matrix)
        end as p_bonferroni_naive,
        case
            when p_value is not null then max(least(1, p_value * (n_tests - place + 1))) over (
                partition by cohort_id, level, method, p_value is null
                order by place rows between unbounded preceding and current row
            )
        end as p_holm,
        case
            when p_value is not null then min(least(1, p_value * n_tests / place)) over (
                partition by cohort_id, level, method, p_value is null
                order by place rows between current row and unbounded following
            )
        end as p_fdr
    from ordered
    window matrix as (partition by cohort_id, level, method)
),

final as (
    select
        corrected.* exclude (place, error, df),
        sqrt(a.reliability * b.reliability) as reliability,
        corrected.estimate / sqrt(a.reliability * b.reliability) as estimate_disattenuated
    from corrected
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
