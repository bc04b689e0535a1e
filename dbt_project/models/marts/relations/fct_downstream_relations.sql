with estimated as (select * from {{ ref('int_relations_estimated') }}),
declared as (select * from {{ ref('int_relation_pairs_declared') }}),

compared as (
    select
        estimated.*,
        declared.is_covariate_side,
        max(estimated.n_units) over (
            partition by estimated.cohort_id, estimated.alignment_id, estimated.property_id
        ) as n_plain
    from estimated
    inner join declared using (cohort_id, alignment_id, property_id)
),

final as (
    select
        * exclude (is_enough, is_covariate_side, n_plain),
        {{ relation_state('estimate', 'n_plain') }} as state
    from compared
)

select * from final
