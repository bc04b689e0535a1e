with estimated as (select * from {{ ref('int_cohort_means_estimated') }}),

without as (
    select
        cohort_id,
        pairs,
        min(estimate) as min_left_out,
        arg_min(left_out, estimate) as min_left_out_dataset,
        max(estimate) as max_left_out,
        arg_max(left_out, estimate) as max_left_out_dataset
    from estimated
    where left_out != ''
    group by cohort_id, pairs
),

final as (
    select
        pair_sets.position,
        pair_sets.title,
        estimated.* exclude (left_out),
        without.* exclude (cohort_id, pairs)
    from estimated
    inner join {{ ref('pair_sets') }} as pair_sets using (pairs)
    left join without using (cohort_id, pairs)
    where estimated.left_out = ''
)

select * from final
