-- Ahlert et al. (2024) count the scores that are not exactly zero among 51 benchmarks: a negative
-- score counts, a missing one does not. A number of scores that ten models or more share is a
-- group of its own: the data, not the paper, say which groups there are. The averages are
-- Brain-Score's: missing counts as zero.
with averages as (
    select * from {{ ref('int_policy_models_averaged') }}
    where cohort_id = 'brainscore_2024_all' and policy = 'zero'
),

counted_benchmarks as (
    select * from {{ ref('benchmark_sets') }}
    where benchmark_set = 'metrics_51'
),

scores as (
    select * from {{ ref('fct_scores') }}
    where snapshot_id = 'brainscore_2024_01_01'
),

counted as (
    select
        scores.source_model_key,
        scores.variant_id,
        any_value(scores.source_model_name) as source_model_name,
        any_value(scores.model_id) as model_id,
        count(*) filter (where scores.score != 0) as n_scored,
        count(*) filter (where scores.score = 0) as n_zero,
        count(*) filter (where scores.score is null) as n_missing
    from scores
    inner join counted_benchmarks using (benchmark_id)
    group by all
),

grouped as (
    select
        averages.cohort_id,
        averages.score_neural,
        averages.score_behaviour,
        averages.score_overall,
        counted.*,
        (select count(*) from counted_benchmarks) as n_benchmarks,
        case
            when count(*) over (partition by counted.n_scored) >= 10
                then cast(counted.n_scored as varchar)
            else 'other'
        end as coverage_group
    from counted
    inner join averages using (source_model_key, variant_id)
),

-- per group, and over all (group null)
shares as (
    select
        coverage_group,
        count(*) as n_group,
        {{ correlation('score_neural', 'score_overall') }} ** 2 as r2_neural,
        {{ correlation('score_behaviour', 'score_overall') }} ** 2 as r2_behaviour
    from grouped
    group by grouping sets ((coverage_group), ())
),

final as (
    select
        grouped.*,
        shares.n_group,
        shares.r2_neural,
        shares.r2_behaviour,
        everyone.r2_neural as r2_neural_all,
        everyone.r2_behaviour as r2_behaviour_all
    from grouped
    inner join shares using (coverage_group)
    inner join shares as everyone on everyone.coverage_group is null
)

select * from final
