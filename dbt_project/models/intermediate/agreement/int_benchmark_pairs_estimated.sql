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

-- small numbers for names: the pairs below are many
numbered as (
    select
        scores.cohort_id,
        scores.level,
        scores.benchmark_id,
        scores.score_directed as score,
        members.n_members,
        dense_rank() over (order by scores.cohort_id, scores.level) as matrix,
        dense_rank() over (order by scores.benchmark_id) as benchmark,
        dense_rank() over (order by scores.source_model_key, scores.variant_id) as model
    from scores
    inner join members on scores.cohort_id = members.cohort_id
),

ranked as (
    select
        matrix,
        benchmark,
        model,
        score,
        {{ average_rank('score', 'matrix, benchmark') }} as score_rank,
        count(*) over (partition by matrix, benchmark) = n_members as is_complete
    from numbered
),

paired as (
    select
        a.matrix,
        a.benchmark as number_a,
        b.benchmark as number_b,
        a.model,
        a.score as score_a,
        b.score as score_b,
        a.score_rank as rank_a,
        b.score_rank as rank_b,
        a.is_complete and b.is_complete as is_complete
    from ranked as a
    inner join ranked as b
        on a.matrix = b.matrix and a.model = b.model and a.benchmark < b.benchmark
),

reranked as (
    select
        * exclude (rank_a, rank_b),
        {{ average_rank('score_a', 'matrix, number_a, number_b') }} as rank_a,
        {{ average_rank('score_b', 'matrix, number_a, number_b') }} as rank_b
    from paired
    where not is_complete
),

unioned as (
    select * from paired
    where is_complete
    union all by name
    select * from reranked
),

-- a sum of doubles depends on its order, so the order is fixed: two builds agree to the last bit
ordered as (
    select * from unioned
    order by matrix, number_a, number_b, model
),

correlated as (
    select
        matrix,
        number_a,
        number_b,
        count(*) as n_models,
        corr(rank_a, rank_b) as spearman,
        corr(score_a, score_b) as pearson
    from ordered
    group by all
),

matrices as (
    select distinct
        matrix,
        cohort_id,
        level
    from numbered
),

benchmarks as (
    select distinct
        benchmark,
        benchmark_id
    from numbered
),

named as (
    select
        matrices.cohort_id,
        matrices.level,
        a.benchmark_id as benchmark_a,
        b.benchmark_id as benchmark_b,
        correlated.n_models,
        correlated.spearman,
        correlated.pearson
    from correlated
    inner join matrices on correlated.matrix = matrices.matrix
    inner join benchmarks as a on correlated.number_a = a.benchmark
    inner join benchmarks as b on correlated.number_b = b.benchmark
),

final as (
    from named
    unpivot include nulls (estimate for method in (spearman, pearson))
)

-- a constant benchmark has no correlation: DuckDB says NaN, we say null; and rounding may pass 1
select
    * replace (
        case when isfinite(estimate) then greatest(-1, least(1, estimate)) end as estimate
    )
from final
