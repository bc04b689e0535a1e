with estimated as (select * from {{ ref('int_generalizability_estimated') }}),

final as (
    select
        cohort_id,
        quantity as variance_source,
        estimate as share,
        * exclude (cohort_id, quantity, over, estimate)
    from estimated
    where over = ''
)

select * from final
