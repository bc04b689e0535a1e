with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
),

members as (
    select * from {{ ref('bridge_cohort_models') }}
    where is_member
),

centred as (
    select
        *,
        count(*) over cell as n_models,
        median(score_directed) over cell as score_median,
        min(score_directed) over cell as score_min,
        max(score_directed) over cell as score_max
    from scores
    window cell as (partition by cohort_id, level, benchmark_id)
),

normalized as (
    select
        *,
        {{ zscore('score_directed', 'cohort_id, level, benchmark_id') }} as score_z,
        -- 1.4826 makes the median absolute deviation an estimate of the sd under normality
        (score_directed - score_median) / nullif(
            1.4826 * median(abs(score_directed - score_median)) over (
                partition by cohort_id, level, benchmark_id
            ), 0
        ) as score_robust_z,
        (score_directed - score_min) / nullif(score_max - score_min, 0) as score_minmax,
        {{ average_rank('score_directed', 'cohort_id, level, benchmark_id', descending=true) }}
            as score_rank
    from centred
),

final as (
    select
        cast(normalized.cohort_id as varchar) as cohort_id,
        cast(normalized.level as varchar) as level,
        cast(normalized.source_model_key as varchar) as source_model_key,
        cast(normalized.variant_id as varchar) as variant_id,
        cast(normalized.benchmark_id as varchar) as benchmark_id,
        cast(members.model_id as varchar) as model_id,
        cast(members.source_model_name as varchar) as source_model_name,
        cast(normalized.n_models as bigint) as n_models,
        cast(normalized.n_leaves as bigint) as n_leaves,
        cast(normalized.score_directed as double) as score_directed,
        cast(normalized.score_z as double) as score_z,
        cast(normalized.score_robust_z as double) as score_robust_z,
        cast(normalized.score_minmax as double) as score_minmax,
        cast(normalized.score_rank as double) as score_rank,
        cast(
            (normalized.n_models - normalized.score_rank) / nullif(normalized.n_models - 1, 0)
            as double
        ) as score_percentile
    from normalized
    inner join members
        on
            normalized.cohort_id = members.cohort_id
            and normalized.source_model_key = members.source_model_key
            and normalized.variant_id = members.variant_id
)

select * from final
