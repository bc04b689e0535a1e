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
        max(n_datasets) as n_datasets,
        -- each pair counts at the model that stands above
        sum(n_below_holm) / nullif(count(n_below_holm) * (count(n_below_holm) - 1) / 2, 0)
            as share_separated,
        case when count(n_above_holm) > 0 then count(*) filter (where n_above_holm = 0) end
            as n_top_group,
        median(rank_ci_high - rank_ci_low) as median_width,
        median(rank_family_ci_high - rank_family_ci_low) as median_family_width
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
