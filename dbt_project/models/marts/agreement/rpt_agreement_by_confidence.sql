with correlations as (
    select * from {{ ref('fct_cross_source_correlations') }}
),

-- the pairs that are large enough at the strictest level, so that every level has the same ones
kept as (
    select
        benchmark_a,
        benchmark_b
    from correlations
    where confidence = 'exact_weights' and n_models >= 10 and estimate is not null
),

final as (
    select
        cast(correlations.confidence as varchar) as confidence,
        cast(count(*) as bigint) as n_pairs,
        cast(avg(correlations.estimate) as double) as mean_estimate,
        cast(median(correlations.n_models) as double) as median_pair_models,
        cast(min(correlations.n_models) as bigint) as min_pair_models,
        cast(max(correlations.n_models) as bigint) as max_pair_models
    from correlations
    inner join kept
        on
            correlations.benchmark_a = kept.benchmark_a
            and correlations.benchmark_b = kept.benchmark_b
    group by correlations.confidence
)

select * from final
