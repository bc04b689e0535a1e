with scores as (
    select * from {{ ref('rpt_model_scores') }}
    where is_latest and not is_aggregate and modality is not null and score_percentile is not null
),

summarised as (
    select
        model_id,
        modality,
        coalesce(region, suite) as area,
        count(*) as n_benchmarks,
        min(n_models) as min_models,
        max(n_models) as max_models,
        quantile_cont(score_percentile, [0, .25, .5, .75, 1]) as quantiles
    from scores
    group by all
),

final as (
    select
        cast(model_id as varchar) as model_id,
        cast(modality as varchar) as modality,
        cast(area as varchar) as area,
        cast(n_benchmarks as bigint) as n_benchmarks,
        cast(min_models as bigint) as min_models,
        cast(max_models as bigint) as max_models,
        cast(quantiles[1] as double) as min_percentile,
        cast(quantiles[2] as double) as percentile_25,
        cast(quantiles[3] as double) as percentile_50,
        cast(quantiles[4] as double) as percentile_75,
        cast(quantiles[5] as double) as max_percentile
    from summarised
)

select * from final
