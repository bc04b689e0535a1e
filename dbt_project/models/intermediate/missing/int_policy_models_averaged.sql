-- The averages of every model under each policy, through the hierarchy: each region, the neural and
-- the behavioural average are weighted means of the leaves that the policy has; the overall average
-- is the mean of neural and behaviour, and null where either is unknown.
with cells as (select * from {{ ref('int_policy_cells_filled') }}),

weights as (
    select * from {{ ref('int_cohort_benchmarks_weighted') }}
    where ancestor_id in ('V1', 'V2', 'V4', 'IT', 'neural_vision', 'behavior_vision')
),

averaged as (
    select
        cells.cohort_id,
        cells.policy,
        cells.source_model_key,
        cells.variant_id,
        weights.ancestor_id,
        {{ ranked_average('cells.score', 'weights.weight') }} as score,
        count(*) as n_cells,
        count(*) filter (where cells.is_filled) as n_filled
    from cells
    inner join weights
        on cells.cohort_id = weights.cohort_id and cells.benchmark_id = weights.leaf_id
    group by all
),

final as (
    select
        cohort_id,
        policy,
        source_model_key,
        variant_id,
        max(score) filter (where ancestor_id = 'V1') as score_v1,
        max(score) filter (where ancestor_id = 'V2') as score_v2,
        max(score) filter (where ancestor_id = 'V4') as score_v4,
        max(score) filter (where ancestor_id = 'IT') as score_it,
        max(score) filter (where ancestor_id = 'neural_vision') as score_neural,
        max(score) filter (where ancestor_id = 'behavior_vision') as score_behaviour,
        {{ round_significant('(score_neural + score_behaviour) / 2') }} as score_overall,
        sum(n_cells) filter (where ancestor_id in ('neural_vision', 'behavior_vision')) as n_cells,
        sum(n_filled) filter (
            where ancestor_id in ('neural_vision', 'behavior_vision')
        ) as n_filled
    from averaged
    group by all
)

select * from final
