with correlations as (
    select * from {{ ref('fct_benchmark_correlations') }}
),

cohorts as (
    select * from {{ ref('dim_cohorts') }}
),

benchmarks as (
    select * from {{ ref('dim_benchmarks') }}
),

paired as (
    select
        correlations.*,
        a.modality as modality_a,
        b.modality as modality_b
    from correlations
    left join benchmarks as a on correlations.benchmark_a = a.benchmark_id
    left join benchmarks as b on correlations.benchmark_b = b.benchmark_id
),

summarised as (
    select
        cohort_id,
        method,
        avg(estimate) filter (where level = 'leaf') as mean_estimate,
        count(estimate) filter (where level = 'leaf') as n_pairs,
        median(estimate) filter (where level = 'leaf') as median_estimate,
        min(estimate) filter (where level = 'leaf') as min_estimate,
        max(estimate) filter (where level = 'leaf') as max_estimate,
        avg(cast(estimate < 0 as int)) filter (where level = 'leaf') as share_negative,
        avg(cast(p_bonferroni < .05 as int)) filter (where level = 'leaf') as share_significant,
        min(n_models) filter (where level = 'leaf') as min_pair_models,
        avg(estimate) filter (
            where level = 'leaf' and modality_a = 'neural' and modality_b = 'neural'
        ) as mean_within_neural,
        avg(estimate) filter (
            where level = 'leaf' and modality_a = 'behavioural' and modality_b = 'behavioural'
        ) as mean_within_behaviour,
        avg(estimate) filter (where level = 'leaf' and modality_a != modality_b)
            as mean_between_modalities,
        avg(estimate) filter (where level = 'region') as mean_between_regions,
        avg(estimate) filter (where level = 'modality') as neural_with_behaviour
    from paired
    group by cohort_id, method
),

final as (
    select
        cast(summarised.cohort_id as varchar) as cohort_id,
        cast(summarised.method as varchar) as method,
        cast(summarised.mean_estimate as double) as mean_estimate,
        cast(cohorts.n_models as bigint) as n_models,
        cast(cohorts.n_benchmarks as bigint) as n_benchmarks,
        cast(summarised.n_pairs as bigint) as n_pairs,
        cast(summarised.min_pair_models as bigint) as min_pair_models,
        cast(summarised.median_estimate as double) as median_estimate,
        cast(summarised.min_estimate as double) as min_estimate,
        cast(summarised.max_estimate as double) as max_estimate,
        cast(summarised.share_negative as double) as share_negative,
        cast(summarised.share_significant as double) as share_significant,
        cast(summarised.mean_within_neural as double) as mean_within_neural,
        cast(summarised.mean_within_behaviour as double) as mean_within_behaviour,
        cast(summarised.mean_between_modalities as double) as mean_between_modalities,
        cast(summarised.mean_between_regions as double) as mean_between_regions,
        cast(summarised.neural_with_behaviour as double) as neural_with_behaviour
    from summarised
    inner join cohorts on summarised.cohort_id = cohorts.cohort_id
)

select * from final
