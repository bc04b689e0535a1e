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
        cast(normalized.cohort_id as varchar) as cohort_id,
        cast(normalized.benchmark_id as varchar) as benchmark_id,
        cast(normalized.source_model_key as varchar) as source_model_key,
        cast(normalized.variant_id as varchar) as variant_id,
        cast(normalized.source_model_name as varchar) as source_model_name,
        cast(normalized.model_id as varchar) as model_id,
        cast(normalized.score_directed as double) as score,
        cast(described.n_models as bigint) as n_models,
        cast(described.mean_score as double) as mean_score,
        cast(described.sd_score as double) as sd_score,
        cast(described.quantile_05 as double) as quantile_05,
        cast(described.quantile_25 as double) as quantile_25,
        cast(described.quantile_50 as double) as quantile_50,
        cast(described.quantile_75 as double) as quantile_75,
        cast(described.quantile_95 as double) as quantile_95
    from normalized
    inner join described using (benchmark_id)
)

select * from final
