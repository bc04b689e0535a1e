with predicted as (
    select * from {{ ref('int_completions_estimated') }}
    where part = 'cell'
),

models as (select * from {{ ref('int_cohort_members_named') }}),

scores as (select * from {{ ref('fct_scores') }}),

final as (
    select
        predicted.cohort_id,
        models.snapshot_id,
        models.source_model_key,
        models.variant_id,
        models.source_model_name,
        models.model_id,
        predicted.item as benchmark_id,
        coalesce(scores.state, 'never_run') as state,
        coalesce(scores.state_evidence, 'none') as state_evidence,
        predicted.estimate as score_predicted,
        predicted.ci_low,
        predicted.ci_high
    from predicted
    inner join models using (cohort_id, model)
    left join scores
        on
            models.snapshot_id = scores.snapshot_id
            and models.source_model_key = scores.source_model_key
            and models.variant_id = scores.variant_id
            and predicted.item = scores.benchmark_id
)

select * from final
