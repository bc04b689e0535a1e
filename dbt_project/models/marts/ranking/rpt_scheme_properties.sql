with findings as (
    select * from {{ ref('int_scheme_properties_searched') }}
),

final as (
    select
        cast(property as varchar) as property,
        cast(scheme as varchar) as scheme,
        cast(verdict as varchar) as verdict,
        cast(n_searched as bigint) as n_searched,
        cast(counterexample as varchar) as counterexample,
        cast(explanation as varchar) as explanation
    from findings
)

select * from final
