-- From the complete cohort of 2024 to that of 2025 one change at a time: models, scores, models,
-- benchmarks. Each step keeps everything else, so its difference is due to what it names.
with agreement as (
    select * from {{ ref('rpt_cohort_agreement') }}
),

steps as (
    select
        unnest([1, 2, 3, 4, 5]) as step,
        unnest([
            'brainscore_2024_complete',
            'brainscore_2024_shared',
            'brainscore_2025_shared',
            'brainscore_2025_core50',
            'brainscore_2025_complete'
        ]) as cohort_id,
        unnest([
            'start',
            'models that did not stay complete leave',
            'the same models and benchmarks, scores of 2025',
            'models that became complete join',
            'the benchmarks of 2025, and the models complete on them'
        ]) as change
),

final as (
    select
        cast(steps.step as bigint) as step,
        cast(agreement.method as varchar) as method,
        cast(steps.cohort_id as varchar) as cohort_id,
        cast(steps.change as varchar) as change,
        cast(agreement.n_models as bigint) as n_models,
        cast(agreement.n_benchmarks as bigint) as n_benchmarks,
        cast(agreement.mean_estimate as double) as mean_estimate,
        cast(
            agreement.mean_estimate
            - lag(agreement.mean_estimate) over (
                partition by agreement.method order by steps.step
            ) as double
        ) as difference
    from steps
    inner join agreement on steps.cohort_id = agreement.cohort_id
)

select * from final
