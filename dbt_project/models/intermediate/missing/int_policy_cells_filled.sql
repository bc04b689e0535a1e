-- What each policy puts in a missing cell, for every cohort that keeps models with missing cells. A
-- policy that leaves a cell out has no row for it. Attempted-only is offered where the files agree
-- on what was attempted: at least 95 % of a cohort's unscored cells (2024 has no evidence at all,
-- and the 2025 files disagree about engineering benchmarks).
with benchmark_sets as (select * from {{ ref('benchmark_sets') }}),
scores as (select * from {{ ref('int_scores_evidenced') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),

cohorts as (
    select * from {{ ref('cohorts') }}
    where not is_complete_case
),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

cells as (
    select
        cohorts.cohort_id,
        members.source_model_key,
        members.variant_id,
        families.family,
        benchmark_sets.benchmark_id,
        scores.score_directed as score,
        coalesce(scores.state, 'never_run') as state,
        coalesce(scores.state_evidence, 'none') as state_evidence
    from cohorts
    inner join members using (cohort_id)
    inner join names
        on
            cohorts.snapshot_id = names.snapshot_id
            and members.source_model_key = names.source_model_key
    inner join families using (model_id)
    inner join benchmark_sets using (benchmark_set)
    left join scores
        on
            cohorts.snapshot_id = scores.snapshot_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
            and benchmark_sets.benchmark_id = scores.benchmark_id
),

-- the bounds of a missing cell are the smallest and the largest score of any model of the cohort
described as (
    select
        *,
        min(score) over (partition by cohort_id, benchmark_id) as score_low,
        max(score) over (partition by cohort_id, benchmark_id) as score_high,
        count(*) filter (where score is null) over (
            partition by cohort_id, source_model_key, variant_id
        ) as n_missing,
        avg(case when score is null then cast(state_evidence = 'both' as int) end) over (
            partition by cohort_id
        ) as share_evidenced
    from cells
),

policies as (
    select unnest([
        'complete_case', 'pairwise', 'zero', 'attempted_only', 'bounds_low', 'bounds_high'
    ]) as policy
),

filled as (
    select
        described.cohort_id,
        policies.policy,
        described.source_model_key,
        described.variant_id,
        described.family,
        described.benchmark_id,
        described.score is null as is_filled,
        case
            when described.score is not null then described.score
            when policies.policy = 'zero' then 0
            when policies.policy = 'attempted_only' and described.state = 'failed' then 0
            when policies.policy = 'bounds_low' then described.score_low
            when policies.policy = 'bounds_high' then described.score_high
        end as score
    from described
    cross join policies
    where
        (policies.policy != 'complete_case' or described.n_missing = 0)
        and (policies.policy != 'attempted_only' or described.share_evidenced >= .95)
)

select * from filled
where score is not null
