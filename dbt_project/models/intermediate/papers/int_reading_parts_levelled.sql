-- The scores that a reading of Figure 3 of Ahlert et al. may average: the models of four cohorts of the
-- 2024 snapshot on the 50 core leaves, at five levels, with missing leaves left out or zero; beside
-- them Brain-Score's overall average, in which missing counts as zero.
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
    select * from {{ ref('benchmarks') }}
),

levels as (
    select
        leaf_id,
        ancestor_id,
        weight,
        level
    from weights
    where level in ('leaf', 'region', 'modality')
    union all
    select
        leaf_id,
        ancestor_id,
        weight,
        'neural_region' as level
    from weights
    where ancestor_id in ('V1', 'V2', 'V4', 'IT')
    union all
    select
        leaf_id,
        ancestor_id,
        weight,
        'modality' as level
    from weights
    where ancestor_id = 'behavior_vision'
    union all
    select
        weights.leaf_id,
        weights.ancestor_id,
        weights.weight,
        'dataset' as level
    from weights
    inner join benchmarks on weights.ancestor_id = benchmarks.benchmark_id
    where benchmarks.parent_benchmark_id in ('V1', 'V2', 'V4', 'IT', 'behavior_vision')
),

-- a cohort without missing cells has one reading of them
parts as (
    select
        cohorts.cohort_id,
        levels.level,
        case when cohorts.is_complete_case then 'none' else cells.policy end as missing_scores,
        cells.source_model_key,
        levels.ancestor_id as benchmark_id,
        sum(cells.score * levels.weight order by cells.benchmark_id)
        / sum(levels.weight order by cells.benchmark_id) as score
    from cohorts
    inner join members using (cohort_id)
    inner join cells
        on
            members.source_model_key = cells.source_model_key
            and (not cohorts.is_complete_case or cells.policy = 'zero')
    inner join levels on cells.benchmark_id = levels.leaf_id
    group by all
),

final as (
    select
        parts.*,
        overall.score_overall
    from parts
    inner join overall using (source_model_key)
)

select * from final
