with scores as (select * from {{ ref('int_cohort_scores_levelled') }}),
doubted as (select * from {{ ref('int_cohort_scores_doubted') }}),

members as (
    select * from {{ ref('bridge_cohort_models') }}
    where is_member
),

centred as (
    select
        *,
        count(*) over cell as n_models,
        score_directed - median(score_directed) over cell as score_centred,
        (score_directed - min(score_directed) over cell)
        / nullif(max(score_directed) over cell - min(score_directed) over cell, 0) as score_minmax,
        {{ zscore('score_directed', 'cohort_id, level, benchmark_id') }} as score_z,
        {{ average_rank('score_directed', 'cohort_id, level, benchmark_id', descending=true) }}
            as score_rank
    from scores
    window cell as (partition by cohort_id, level, benchmark_id)
),

final as (
    select
        centred.* exclude (score_centred),
        members.model_id,
        members.source_model_name,
        coalesce(doubted.n_doubted, 0) as n_doubted,
        -- 1.4826 makes the median absolute deviation an estimate of the sd under normality
        centred.score_centred / nullif(
            1.4826 * median(abs(centred.score_centred)) over (
                partition by cohort_id, centred.level, centred.benchmark_id
            ), 0
        ) as score_robust_z,
        (centred.n_models - centred.score_rank) / nullif(centred.n_models - 1, 0)
            as score_percentile
    from centred
    inner join members using (cohort_id, source_model_key, variant_id)
    left join doubted
        using (cohort_id, level, source_model_key, variant_id, benchmark_id)
)

select * from final
