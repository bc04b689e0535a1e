-- Spearman is Pearson of average ranks; with missing cells the ranks are taken inside the models
-- that both benchmarks scored (METHODS §4). Only benchmarks of one level are paired, so that a part
-- never meets its own whole. A pair in which neither benchmark lacks a model keeps the ranks of its
-- benchmarks, which spares re-ranking most of the pairs.
with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
),

members as (
    select
        cohort_id,
        count(*) as n_members
    from {{ ref('int_cohort_models_screened') }}
    where is_member
    group by cohort_id
),

ranked as (
    select
        scores.cohort_id,
        scores.level,
        scores.source_model_key,
        scores.variant_id,
        scores.benchmark_id,
        scores.score_directed as score,
        {{ average_rank(
            'scores.score_directed', 'scores.cohort_id, scores.level, scores.benchmark_id'
        ) }} as score_rank,
        count(*) over (partition by scores.cohort_id, scores.level, scores.benchmark_id)
        = members.n_members as is_complete
    from scores
    inner join members on scores.cohort_id = members.cohort_id
),

paired as (
    select
        a.cohort_id,
        a.level,
        a.benchmark_id as benchmark_a,
        b.benchmark_id as benchmark_b,
        a.score as score_a,
        b.score as score_b,
        a.score_rank as rank_a,
        b.score_rank as rank_b,
        a.is_complete and b.is_complete as is_complete
    from ranked as a
    inner join ranked as b
        on
            a.cohort_id = b.cohort_id
            and a.level = b.level
            and a.source_model_key = b.source_model_key
            and a.variant_id = b.variant_id
            and a.benchmark_id < b.benchmark_id
),

reranked as (
    select
        * exclude (rank_a, rank_b),
        {{ average_rank('score_a', 'cohort_id, level, benchmark_a, benchmark_b') }} as rank_a,
        {{ average_rank('score_b', 'cohort_id, level, benchmark_a, benchmark_b') }} as rank_b
    from paired
    where not is_complete
),

unioned as (
    select * from paired
    where is_complete
    union all by name
    select * from reranked
),

correlated as (
    select
        cohort_id,
        level,
        benchmark_a,
        benchmark_b,
        count(*) as n_models,
        corr(rank_a, rank_b) as spearman,
        corr(score_a, score_b) as pearson
    from unioned
    group by all
),

final as (
    from correlated
    unpivot include nulls (estimate for method in (spearman, pearson))
)

-- a constant benchmark has no correlation: DuckDB says NaN, we say null
select * replace (case when isfinite(estimate) then estimate end as estimate) from final
