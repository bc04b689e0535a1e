with estimated as (select * from {{ ref('int_generalizability_estimated') }}),

one_dataset as (
    select
        cohort_id,
        over,
        'datasets' as quantity,
        {{ datasets_needed(80, 'estimate') }} as n_needed_80,
        {{ datasets_needed(80, 'ci_high') }} as n_needed_80_ci_low,
        {{ datasets_needed(80, 'ci_low') }} as n_needed_80_ci_high,
        {{ datasets_needed(90, 'estimate') }} as n_needed_90,
        {{ datasets_needed(90, 'ci_high') }} as n_needed_90_ci_low,
        {{ datasets_needed(90, 'ci_low') }} as n_needed_90_ci_high
    from estimated
    where quantity = 'one_dataset' and over = 'datasets'
),

final as (
    select
        estimated.cohort_id,
        estimated.quantity as average,
        estimated.over as generalized_over,
        estimated.estimate as coefficient,
        estimated.* exclude (cohort_id, quantity, over, estimate),
        one_dataset.* exclude (cohort_id, quantity, over)
    from estimated
    left join one_dataset using (cohort_id, quantity, over)
    where estimated.over != '' and estimated.quantity != 'one_dataset'
)

select * from final
