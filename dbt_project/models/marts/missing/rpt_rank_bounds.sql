-- A model's average is lowest when each of its missing leaves has the smallest score of any model
-- on that benchmark, or zero if that is less, and highest when each has the largest; cells are free
-- of each other, so both ends of a rank are reached. Best and worst rank move the cells of one
-- model against the others' averages with missing as zero; ..._everyone move all models' cells at
-- once. Ties share the better place.
with cells as (
    select
        * exclude (score),
        case
            when not is_filled then score
            when policy = 'bounds_low' then least(score, 0)
            else greatest(score, 0)
        end as score
    from {{ ref('int_policy_cells_filled') }}
    where policy in ('bounds_low', 'bounds_high')
),

averages as (
    select * from {{ ref('int_policy_models_averaged') }}
    where policy = 'zero'
),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
    where ancestor_id in ('neural_vision', 'behavior_vision')
),

cohort_models as (
    select * from {{ ref('bridge_cohort_models') }}
    where is_member
),

parts as (
    select
        cells.cohort_id,
        cells.source_model_key,
        cells.variant_id,
        cells.policy,
        weights.ancestor_id,
        {{ ranked_average('cells.score', 'weights.weight') }} as score
    from cells
    inner join weights
        on cells.cohort_id = weights.cohort_id and cells.benchmark_id = weights.leaf_id
    group by all
),

-- two addends have one sum in either order
bounded as (
    select
        cohort_id,
        source_model_key,
        variant_id,
        averages.score_overall as score_zero,
        {{ round_significant("sum(score) filter (where parts.policy = 'bounds_low') / 2") }}
            as score_low,
        {{ round_significant("sum(score) filter (where parts.policy = 'bounds_high') / 2") }}
            as score_high
    from parts
    inner join averages using (cohort_id, source_model_key, variant_id)
    group by all
),

surpassed as (
    select
        bounded.*,
        count(*) as n_models,
        1 + count(*) filter (where others.score_zero > bounded.score_zero) as zero_rank,
        1 + count(*) filter (where others.score_zero > bounded.score_high) as best_rank,
        1 + count(*) filter (
            where
            others.score_zero > bounded.score_low
            and (others.source_model_key, others.variant_id)
            != (bounded.source_model_key, bounded.variant_id)
        ) as worst_rank,
        -- those that stand above it in any case, and those that may
        1 + count(*) filter (where others.score_low > bounded.score_high) as best_rank_everyone,
        1 + count(*) filter (
            where
            others.score_high > bounded.score_low
            and (others.source_model_key, others.variant_id)
            != (bounded.source_model_key, bounded.variant_id)
        ) as worst_rank_everyone
    from bounded
    inner join bounded as others using (cohort_id)
    group by all
),

final as (
    select
        surpassed.*,
        cohort_models.snapshot_id,
        cohort_models.source_model_name,
        cohort_models.model_id,
        cohort_models.n_scored,
        cohort_models.n_missing
    from surpassed
    inner join cohort_models using (cohort_id, source_model_key, variant_id)
)

select * from final
