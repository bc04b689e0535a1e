-- From the complete cohort of 2024 to that of 2025 one change at a time: models, scores, models,
-- models, benchmarks. Only Spearman has intervals.
with agreement as (
    select * from {{ ref('rpt_cohort_agreement') }}
),

steps as (
    select * from {{ ref('cohort_changes') }}
),

resampled as (
    select
        *,
        'spearman' as method
    from {{ ref('int_cohort_changes_resampled') }}
),

final as (
    select
        cast(steps.step as bigint) as step,
        cast(agreement.method as varchar) as method,
        cast(steps.cohort_id as varchar) as cohort_id,
        cast(steps.change as varchar) as change,
        cast(agreement.n_models as bigint) as n_models,
        cast(agreement.n_benchmarks as bigint) as n_benchmarks,
        cast(resampled.n_shared_models as bigint) as n_shared_models,
        cast(agreement.mean_estimate as double) as mean_estimate,
        cast(agreement.mean_estimate - previous.mean_estimate as double) as difference,
        cast(resampled.boot_low as double) as difference_low,
        cast(resampled.boot_high as double) as difference_high,
        cast(resampled.family_boot_low as double) as difference_family_low,
        cast(resampled.family_boot_high as double) as difference_family_high
    from steps
    inner join agreement on steps.cohort_id = agreement.cohort_id
    left join agreement as previous
        on
            steps.previous_cohort_id = previous.cohort_id
            and agreement.method = previous.method
    left join resampled on steps.step = resampled.step and agreement.method = resampled.method
)

select * from final
