with normalized as (
    select * from {{ ref('fct_scores_normalized') }}
    where
        cohort_id = 'brainscore_2024_complete_dedup'
        and level = 'region'
        and benchmark_id in ('V1', 'V2', 'V4', 'IT')
),

described as (
    select
        benchmark_id,
        count(*) as n_models,
        avg(score_directed order by source_model_key, variant_id) as mean_score,
        stddev_samp(score_directed order by source_model_key, variant_id) as sd_score,
        quantile_cont(score_directed, .05) as quantile_05,
        quantile_cont(score_directed, .25) as quantile_25,
        quantile_cont(score_directed, .5) as quantile_50,
        quantile_cont(score_directed, .75) as quantile_75,
        quantile_cont(score_directed, .95) as quantile_95
    from normalized
    group by benchmark_id
),

final as (
    select
        normalized.cohort_id,
        normalized.source_model_key,
        normalized.variant_id,
        normalized.source_model_name,
        normalized.model_id,
        normalized.score_directed as score,
        described.*
    from normalized
    inner join described using (benchmark_id)
)

select * from final
