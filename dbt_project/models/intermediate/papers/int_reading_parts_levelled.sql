-- The scores that a reading of Figure 3 of Ahlert et al. (2024) may average: the models of the
-- cohorts of the 2024 snapshot on the 50 core leaves, at five levels, with missing leaves left out
-- or zero; beside them Brain-Score's overall average, in which missing counts as zero.
with cohorts as (
    select * from {{ ref('cohorts') }}
    where
        cohort_id in (
            'brainscore_2024_all',
            'brainscore_2024_complete',
            'brainscore_2024_complete_floor',
            'brainscore_2024_complete_dedup'
        )
),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

cells as (
    select * from {{ ref('int_policy_cells_filled') }}
    where cohort_id = 'brainscore_2024_all' and policy in ('zero', 'pairwise')
),

overall as (
    select * from {{ ref('int_policy_models_averaged') }}
    where cohort_id = 'brainscore_2024_all' and policy = 'zero'
),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
    where cohort_id = 'brainscore_2024_all'
),

benchmarks as (
    select
        benchmark_id as ancestor_id,
        parent_benchmark_id
    from {{ ref('benchmarks') }}
),

levels as (
    select
        weights.leaf_id as benchmark_id,
        weights.ancestor_id,
        weights.weight,
        unnest([
            if(weights.level in ('leaf', 'region', 'modality'), weights.level, null),
            if(weights.ancestor_id in ('V1', 'V2', 'V4', 'IT'), 'neural_region', null),
            if(weights.ancestor_id = 'behavior_vision', 'modality', null),
            if(
                benchmarks.parent_benchmark_id in ('V1', 'V2', 'V4', 'IT', 'behavior_vision'),
                'dataset',
                null
            )
        ]) as level
    from weights
    inner join benchmarks using (ancestor_id)
),

averaged as (
    select
        cells.policy,
        cells.source_model_key,
        levels.level,
        levels.ancestor_id as benchmark_id,
        {{ ranked_average('cells.score', 'levels.weight') }} as score
    from cells
    inner join levels using (benchmark_id)
    where levels.level is not null and levels.ancestor_id <> levels.benchmark_id
    group by all
    union all
    -- a leaf is the mean of itself: a group for each would take more memory than all else
    select
        cells.policy,
        cells.source_model_key,
        levels.level,
        levels.ancestor_id as benchmark_id,
        cells.score
    from cells
    inner join levels using (benchmark_id)
    where levels.level is not null and levels.ancestor_id = levels.benchmark_id
),

-- a cohort without missing cells has one reading of them
final as (
    select
        cohorts.cohort_id,
        averaged.level,
        if(cohorts.is_complete_case, 'none', averaged.policy) as missing_scores,
        averaged.source_model_key,
        averaged.benchmark_id,
        averaged.score,
        overall.score_overall
    from cohorts
    inner join members using (cohort_id)
    inner join averaged
        on
            members.source_model_key = averaged.source_model_key
            and (not cohorts.is_complete_case or averaged.policy = 'zero')
    inner join overall on members.source_model_key = overall.source_model_key
)

select * from final
