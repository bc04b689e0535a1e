-- From the complete cohort of 2024 to that of 2025 one change at a time: models, scores, models,
-- models, benchmarks. Only Spearman has intervals.
with agreement as (select * from {{ ref('rpt_cohort_agreement') }}),
steps as (select * from {{ ref('cohort_changes') }}),
estimated as (select * from {{ ref('int_cohort_changes_estimated') }}),

final as (
    select
        steps.step,
        agreement.method,
        steps.cohort_id,
        steps.change,
        agreement.n_models,
        agreement.n_benchmarks,
        estimated.n_shared_models,
        agreement.mean_estimate,
        agreement.mean_estimate - previous.mean_estimate as difference,
        estimated.ci_low,
        estimated.ci_high,
        estimated.family_ci_low,
        estimated.family_ci_high,
        estimated.dataset_ci_low,
        estimated.dataset_ci_high
    from steps
    inner join agreement using (cohort_id)
    left join agreement as previous
        on
            steps.previous_cohort_id = previous.cohort_id
            and agreement.method = previous.method
    left join estimated on steps.step = estimated.step and agreement.method = 'spearman'
)

select * from final
