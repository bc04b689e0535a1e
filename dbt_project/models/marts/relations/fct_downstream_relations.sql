with estimated as (
    select * from {{ ref('int_relations_estimated') }}
),

declared as (
    select * from {{ ref('int_relation_pairs_declared') }}
),

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

-- without a pair the kernel gives no rows, and counts as numbers of no type
final as (
    select
        * exclude (is_enough, is_covariate_side, n_plain) replace (
            cast(n_units as bigint) as n_units,
            cast(n_families as bigint) as n_families,
            cast(n_clusters as bigint) as n_clusters
        ),
        {{ relation_state('estimate', 'n_plain') }} as state
    from compared
)

select * from final
