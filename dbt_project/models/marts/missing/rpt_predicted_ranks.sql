with predicted as (
    select * from {{ ref('int_completions_estimated') }}
    where part = 'average'
),

plain as (
    select * from {{ ref('int_completions_estimated') }}
    where part = 'plain_average'
),

models as (select * from {{ ref('int_cohort_members_named') }}),

bounds as (select * from {{ ref('rpt_rank_bounds') }}),

final as (
    select
        predicted.cohort_id,
        models.snapshot_id,
        models.source_model_key,
        models.variant_id,
        models.source_model_name,
        models.model_id,
        predicted.n as n_missing,
        count(*) over (partition by predicted.cohort_id) as n_models,
        predicted.estimate as score_predicted,
        predicted.ci_low,
        predicted.ci_high,
        predicted.score_rank,
        predicted.rank_ci_low,
        predicted.rank_ci_high,
        plain.estimate as plain_score_predicted,
        plain.score_rank as plain_score_rank,
        plain.rank_ci_low as plain_rank_ci_low,
        plain.rank_ci_high as plain_rank_ci_high,
        bounds.zero_rank,
        bounds.best_rank_everyone,
        bounds.worst_rank_everyone
    from predicted
    inner join plain using (cohort_id, model)
    inner join models using (cohort_id, model)
    left join bounds
        on
            predicted.cohort_id = bounds.cohort_id
            and models.source_model_key = bounds.source_model_key
            and models.variant_id = bounds.variant_id
)

select * from final
