with scores as (
    select
        *,
        -- among fewer models a percentile moves by more than a tenth when one of them changes
        n_models >= 10 as is_counted
    from {{ ref('rpt_model_scores') }}
    where is_latest and not is_aggregate and modality is not null and score_percentile is not null
),

final as (
    select
        model_id,
        modality,
        coalesce(region, suite) as area,
        bool_or(is_private) as is_private,
        count(*) filter (where is_counted) as n_benchmarks,
        count(*) filter (where not is_counted) as n_few_models,
        min(n_models) filter (where is_counted) as min_models,
        max(n_models) filter (where is_counted) as max_models,
        min(score_percentile) filter (where is_counted) as min_percentile,
        quantile_cont(score_percentile, .25) filter (where is_counted) as percentile_25,
        median(score_percentile) filter (where is_counted) as percentile_50,
        quantile_cont(score_percentile, .75) filter (where is_counted) as percentile_75,
        max(score_percentile) filter (where is_counted) as max_percentile
    from scores
    group by all
)

select * from final
