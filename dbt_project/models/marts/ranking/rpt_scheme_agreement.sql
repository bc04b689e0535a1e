with rankings as (
    select * from {{ ref('fct_model_rankings') }}
),

agreements as (
    select * from {{ ref('int_scheme_agreements_estimated') }}
),

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
        count(*) filter (where tie_group = 1) as n_first_group,
        median(rank_high_benchmarks - rank_low_benchmarks) as median_width_benchmarks,
        median(rank_high_models - rank_low_models) as median_width_models
    from rankings
    group by all
),

final as (
    select
        cast(summarised.cohort_id as varchar) as cohort_id,
        cast(summarised.level as varchar) as level,
        cast(summarised.scheme as varchar) as scheme,
        cast(agreements.spearman as double) as spearman,
        cast(agreements.kendall as double) as kendall,
        cast(summarised.n_models as bigint) as n_models,
        cast(summarised.n_comparable as bigint) as n_comparable,
        cast(benchmarks.n_benchmarks as bigint) as n_benchmarks,
        cast(summarised.largest_shift as double) as largest_shift,
        cast(summarised.n_large_shifts as bigint) as n_large_shifts,
        cast(summarised.n_tie_groups as bigint) as n_tie_groups,
        cast(
            case when summarised.n_tie_groups is not null then summarised.n_first_group end
            as bigint
        ) as n_first_group,
        cast(summarised.median_width_benchmarks as double) as median_width_benchmarks,
        cast(summarised.median_width_models as double) as median_width_models
    from summarised
    inner join benchmarks
        on summarised.cohort_id = benchmarks.cohort_id and summarised.level = benchmarks.level
    left join agreements
        on
            summarised.cohort_id = agreements.cohort_id
            and summarised.level = agreements.level
            and summarised.scheme = agreements.scheme
)

select * from final
