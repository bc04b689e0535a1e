with agreements as (select * from {{ ref('int_scheme_agreements_estimated') }}),

benchmarks as (
    select
        cohort_id,
        level,
        count(distinct benchmark_id) as n_benchmarks
    from {{ ref('fct_scores_normalized') }}
    group by all
),

summarised as (
    select
        cohort_id,
        level,
        scheme,
        count(*) as n_models,
        count(rank_shift) as n_comparable,
        max(abs(rank_shift)) as largest_shift,
        count(*) filter (where is_large_shift) as n_large_shifts,
        max(tie_group) as n_tie_groups,
        case when max(tie_group) is not null then count(*) filter (where tie_group = 1) end
            as n_first_group,
        median(rank_high_benchmarks - rank_low_benchmarks) as median_width_benchmarks,
        median(rank_high_models - rank_low_models) as median_width_models
    from {{ ref('fct_model_rankings') }}
    group by all
),

final as (
    select
        summarised.*,
        agreements.spearman,
        agreements.kendall,
        benchmarks.n_benchmarks
    from summarised
    inner join benchmarks using (cohort_id, level)
    left join agreements using (cohort_id, level, scheme)
)

select * from final
