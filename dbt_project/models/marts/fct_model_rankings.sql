with normalized as (
    select * from {{ ref('fct_scores_normalized') }}
),

aggregated as (
    select
        cohort_id,
        level,
        source_model_key,
        variant_id,
        model_id,
        source_model_name,
        count(*) as n_benchmarks,
        avg(score_directed) as arithmetic_mean,
        avg(score_z) as z_mean,
        -- inverted and divided by the number of models, so that higher is better and a benchmark
        -- with missing cells does not count for less
        avg((n_models - score_rank + 1) / n_models) as mean_rank
    from normalized
    group by all
),

long as (
    unpivot aggregated
    on arithmetic_mean, z_mean, mean_rank
    into name scheme value score
),

ranked as (
    select
        *,
        (score - min(score) over scale) / nullif(max(score) over scale - min(score) over scale, 0)
            as score_minmax,
        {{ average_rank('score', 'cohort_id, level, scheme', descending=true) }} as score_rank,
        count(*) over scale as n_models
    from long
    window scale as (partition by cohort_id, level, scheme)
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(scheme as varchar) as scheme,
        cast(source_model_key as varchar) as source_model_key,
        cast(variant_id as varchar) as variant_id,
        cast(model_id as varchar) as model_id,
        cast(source_model_name as varchar) as source_model_name,
        cast(n_benchmarks as bigint) as n_benchmarks,
        cast(n_models as bigint) as n_models,
        cast(score as double) as score,
        cast(score_minmax as double) as score_minmax,
        cast(score_rank as double) as score_rank
    from ranked
)

select * from final
