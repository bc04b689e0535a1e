-- Ahlert et al. counts the scores that are not exactly zero among 51 metrics: a negative score counts, a
-- missing one does not (METHODS §11). A number of scores that ten models or more share is a group
-- of its own: the data, not the paper, say which groups there are. The averages are
-- Brain-Score's: missing counts as zero.
with averages as (
    select * from {{ ref('int_policy_models_averaged') }}
    where cohort_id = 'brainscore_2024_all' and policy = 'zero'
),

metrics as (
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
    inner join metrics using (benchmark_id)
    group by all
),

grouped as (
    select
        averages.cohort_id,
        counted.*,
        (select count(*) from metrics) as n_metrics,
        case
            when count(*) over (partition by counted.n_scored) >= 10
                then cast(counted.n_scored as varchar)
            else 'other'
        end as coverage_group,
        averages.score_neural,
        averages.score_behaviour,
        averages.score_overall
    from counted
    inner join averages using (source_model_key, variant_id)
),

shares as (
    select
        coverage_group,
        count(*) as n_group,
        corr(score_neural, score_overall order by source_model_key, variant_id) ** 2
            as r2_neural,
        corr(score_behaviour, score_overall order by source_model_key, variant_id) ** 2
            as r2_behaviour
    from grouped
    group by coverage_group
),

everyone as (
    select
        corr(score_neural, score_overall order by source_model_key, variant_id) ** 2
            as r2_neural,
        corr(score_behaviour, score_overall order by source_model_key, variant_id) ** 2
            as r2_behaviour
    from grouped
),

final as (
    select
        cast(grouped.cohort_id as varchar) as cohort_id,
        cast(grouped.source_model_key as varchar) as source_model_key,
        cast(grouped.variant_id as varchar) as variant_id,
        cast(grouped.source_model_name as varchar) as source_model_name,
        cast(grouped.model_id as varchar) as model_id,
        cast(grouped.n_metrics as bigint) as n_metrics,
        cast(grouped.n_scored as bigint) as n_scored,
        cast(grouped.n_zero as bigint) as n_zero,
        cast(grouped.n_missing as bigint) as n_missing,
        cast(grouped.coverage_group as varchar) as coverage_group,
        cast(shares.n_group as bigint) as n_group,
        cast(grouped.score_neural as double) as score_neural,
        cast(grouped.score_behaviour as double) as score_behaviour,
        cast(grouped.score_overall as double) as score_overall,
        cast(case when isfinite(shares.r2_neural) then shares.r2_neural end as double)
            as r2_neural,
        cast(case when isfinite(shares.r2_behaviour) then shares.r2_behaviour end as double)
            as r2_behaviour,
        cast(everyone.r2_neural as double) as r2_neural_all,
        cast(everyone.r2_behaviour as double) as r2_behaviour_all
    from grouped
    inner join shares using (coverage_group)
    cross join everyone
)

select * from final
