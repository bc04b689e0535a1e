with estimated as (select * from {{ ref('int_cohort_means_estimated') }}),

final as (
    select
        estimated.cohort_id,
        estimated.pairs,
        estimated.left_out as dataset,
        estimated.estimate,
        estimated.estimate - whole.estimate as difference
    from estimated
    inner join estimated as whole using (cohort_id, pairs)
    where estimated.left_out != '' and whole.left_out = ''
)

select * from final
