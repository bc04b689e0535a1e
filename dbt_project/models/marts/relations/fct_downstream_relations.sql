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

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(covariate as varchar) as covariate,
        cast(transform as varchar) as transform,
        cast(method as varchar) as method,
        cast({{ relation_state('estimate', 'n_plain') }} as varchar) as state,
        cast(n_units as bigint) as n_units,
        cast(n_families as bigint) as n_families,
        cast(n_clusters as bigint) as n_clusters,
        cast(estimate as double) as estimate,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(p_value as double) as p_value,
        cast(family_boot_low as double) as family_boot_low,
        cast(family_boot_high as double) as family_boot_high
    from compared
)

select * from final
