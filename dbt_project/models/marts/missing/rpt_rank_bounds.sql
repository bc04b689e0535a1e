-- A model's average is lowest when each of its missing leaves has the smallest score of any model
-- on that benchmark, or zero if that is less, and highest when each has the largest; cells are free
-- of each other, so both ends of a rank are reached. Best and worst rank move the cells of one
-- model (METHODS §5) against the others' averages with missing as zero; ..._everyone move all
-- models' cells at once. Ties share the better place.
with averages as (
    select * from {{ ref('int_policy_models_averaged') }}
    where policy = 'zero'
),

cells as (
    select
        *,
        policy = 'bounds_low' as is_low,
        case
            when not is_filled then score
            when policy = 'bounds_low' then least(score, 0)
            else greatest(score, 0)
        end as extreme_score
    from {{ ref('int_policy_cells_filled') }}
    where policy in ('bounds_low', 'bounds_high')
),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
    where ancestor_id in ('neural_vision', 'behavior_vision')
),

cohort_models as (
    select * from {{ ref('bridge_cohort_models') }}
    where is_member
),

-- the same sums as in int_policy_models_averaged
parts as (
    select
        cells.cohort_id,
        cells.source_model_key,
        cells.variant_id,
        cells.is_low,
        weights.ancestor_id,
        round(
            sum(cells.extreme_score * weights.weight order by cells.benchmark_id)
            / sum(weights.weight order by cells.benchmark_id), 12
        ) as score
    from cells
    inner join weights
        on cells.cohort_id = weights.cohort_id and cells.benchmark_id = weights.leaf_id
    group by all
),

extremes as (
    select
        cohort_id,
        source_model_key,
        variant_id,
        round(sum(score order by ancestor_id desc) filter (where is_low) / 2, 12) as score_low,
        round(sum(score order by ancestor_id desc) filter (where not is_low) / 2, 12) as score_high
    from parts
    group by all
),

bounded as (
    select
        extremes.*,
        averages.score_overall as score_zero
    from extremes
    inner join averages
        on
            extremes.cohort_id = averages.cohort_id
            and extremes.source_model_key = averages.source_model_key
            and extremes.variant_id = averages.variant_id
),

surpassed as (
    select
        bounded.cohort_id,
        bounded.source_model_key,
        bounded.variant_id,
        count(*) as n_models,
        1 + count(*) filter (where others.score_zero > bounded.score_zero) as zero_rank,
        1 + count(*) filter (where others.score_zero > bounded.score_high) as best_rank,
        1 + count(*) filter (
            where
            others.score_zero > bounded.score_low
            and (
                others.source_model_key != bounded.source_model_key
                or others.variant_id != bounded.variant_id
            )
        ) as worst_rank,
        -- those that stand above it in any case, and those that may
        1 + count(*) filter (where others.score_low > bounded.score_high) as best_rank_everyone,
        1 + count(*) filter (
            where
            others.score_high > bounded.score_low
            and (
                others.source_model_key != bounded.source_model_key
                or others.variant_id != bounded.variant_id
            )
        ) as worst_rank_everyone
    from bounded
    inner join bounded as others on bounded.cohort_id = others.cohort_id
    group by all
),

final as (
    select
        cast(bounded.cohort_id as varchar) as cohort_id,
        cast(cohort_models.snapshot_id as varchar) as snapshot_id,
        cast(bounded.source_model_key as varchar) as source_model_key,
        cast(bounded.variant_id as varchar) as variant_id,
        cast(cohort_models.source_model_name as varchar) as source_model_name,
        cast(cohort_models.model_id as varchar) as model_id,
        cast(cohort_models.n_scored as bigint) as n_scored,
        cast(cohort_models.n_missing as bigint) as n_missing,
        cast(surpassed.n_models as bigint) as n_models,
        cast(bounded.score_low as double) as score_low,
        cast(bounded.score_zero as double) as score_zero,
        cast(bounded.score_high as double) as score_high,
        cast(surpassed.zero_rank as bigint) as zero_rank,
        cast(surpassed.best_rank as bigint) as best_rank,
        cast(surpassed.worst_rank as bigint) as worst_rank,
        cast(surpassed.best_rank_everyone as bigint) as best_rank_everyone,
        cast(surpassed.worst_rank_everyone as bigint) as worst_rank_everyone
    from bounded
    inner join surpassed
        on
            bounded.cohort_id = surpassed.cohort_id
            and bounded.source_model_key = surpassed.source_model_key
            and bounded.variant_id = surpassed.variant_id
    inner join cohort_models
        on
            bounded.cohort_id = cohort_models.cohort_id
            and bounded.source_model_key = cohort_models.source_model_key
            and bounded.variant_id = cohort_models.variant_id
)

select * from final
