-- From the complete cohort of 2024 to that of 2025 one change at a time: models, scores, models,
-- models, benchmarks. Only Spearman has intervals.
with agreement as (select * from {{ ref('rpt_cohort_agreement') }}),
steps as (select * from {{ ref('cohort_changes') }}),
resampled as (select * from {{ ref('int_cohort_changes_resampled') }}),

final as (
    select
        steps.step,
        agreement.method,
        steps.cohort_id,
        steps.change,
        agreement.n_models,
        agreement.n_benchmarks,
        resampled.n_shared_models,
        agreement.mean_estimate,
        agreement.mean_estimate - previous.mean_estimate as difference,
        resampled.boot_low as difference_low,
        resampled.boot_high as difference_high,
        resampled.family_boot_low as difference_family_low,
        resampled.family_boot_high as difference_family_high
    from steps
    inner join agreement using (cohort_id)
    left join agreement as previous
        on
            steps.previous_cohort_id = previous.cohort_id
            and agreement.method = previous.method
    left join resampled on steps.step = resampled.step and agreement.method = 'spearman'
)

select * from final
