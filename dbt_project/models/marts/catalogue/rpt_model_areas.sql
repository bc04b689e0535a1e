with scores as (
    select * from {{ ref('rpt_model_scores') }}
    where is_latest and not is_aggregate and modality is not null and score_percentile is not null
),

final as (
    select
        model_id,
        modality,
        coalesce(region, suite) as area,
        bool_or(is_private) as is_private,
        count(*) as n_benchmarks,
        min(n_models) as min_models,
        max(n_models) as max_models,
        min(score_percentile) as min_percentile,
        quantile_cont(score_percentile, .25) as percentile_25,
        median(score_percentile) as percentile_50,
        quantile_cont(score_percentile, .75) as percentile_75,
        max(score_percentile) as max_percentile
    from scores
    group by all
)

select * from final
