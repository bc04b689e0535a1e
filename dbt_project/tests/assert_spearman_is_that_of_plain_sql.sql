-- Spearman of one complete and one incomplete cohort in plain SQL: Pearson of average ranks, which
-- are taken inside the models that both benchmarks scored. The kernel says the same to 1e-12.
with scores as (
    select * from {{ ref('int_cohort_scores_levelled') }}
    where
        cohort_id in ('brainscore_2024_complete', 'brainscore_2024_all')
        and level in ('leaf', 'group')
),

estimated as (
    select * from {{ ref('fct_benchmark_correlations') }}
    where method = 'spearman'
),

paired as (
    select
        a.cohort_id,
        a.level,
        a.benchmark_id as benchmark_a,
        b.benchmark_id as benchmark_b,
        a.score_directed as score_a,
        b.score_directed as score_b
    from scores as a
    inner join scores as b using (cohort_id, level, source_model_key, variant_id)
    where a.benchmark_id < b.benchmark_id
),

ranked as (
    select
        *,
        {{ average_rank('score_a', 'cohort_id, level, benchmark_a, benchmark_b') }} as rank_a,
        {{ average_rank('score_b', 'cohort_id, level, benchmark_a, benchmark_b') }} as rank_b
    from paired
),

recomputed as (
    select
        cohort_id,
        level,
        benchmark_a,
        benchmark_b,
        count(*) as n_models,
        corr(rank_a, rank_b) as estimate
    from ranked
    group by all
)

select
    recomputed.*,
    estimated.n_models as n_models_found,
    estimated.estimate as estimate_found
from recomputed
left join estimated using (cohort_id, level, benchmark_a, benchmark_b)
where
    estimated.n_models is distinct from recomputed.n_models
    or coalesce(abs(estimated.estimate - recomputed.estimate) > 1e-12, true)
