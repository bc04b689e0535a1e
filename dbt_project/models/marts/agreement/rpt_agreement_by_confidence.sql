with correlations as (select * from {{ ref('fct_cross_source_correlations') }}),

-- the pairs of the strictest level, so that every level has the same ones
kept as (
    select
        benchmark_a,
        benchmark_b
    from correlations
    where confidence = 'exact_weights' and estimate is not null
),

final as (
    select
        confidence,
        count(*) as n_pairs,
        avg(estimate) as mean_estimate,
        median(n_models) as median_pair_models,
        min(n_models) as min_pair_models,
        max(n_models) as max_pair_models
    from correlations
    semi join kept using (benchmark_a, benchmark_b)
    group by confidence
)

select * from final
