-- Pearson of a property with an alignment and with its z², ((x − mean) / sd)², and the same with
-- the covariate held fixed (METHODS §9). Null where something is constant.
with gathered as (
    select * from {{ ref('int_alignment_properties_gathered') }}
    where alignment is not null
),

scored as (
    select
        *,
        pow({{ zscore('alignment', 'cohort_id, alignment_id, property_id') }}, 2) as z2
    from gathered
),

correlated as (
    select
        cohort_id,
        alignment_id,
        property_id,
        count(*) as n_models,
        corr(alignment, property) as r_alignment,
        corr(z2, property) as r_z2,
        corr(alignment, covariate) as c_alignment,
        corr(z2, covariate) as c_z2,
        corr(property, covariate) as c_property
    from scored
    group by cohort_id, alignment_id, property_id
),

-- the covariate has no partial correlation with anything: it is no property of itself
known as (
    select
        cohort_id,
        alignment_id,
        property_id,
        n_models,
        if(isnan(r_alignment), null, r_alignment) as r_alignment,
        if(isnan(r_z2), null, r_z2) as r_z2,
        if(isnan(c_alignment), null, c_alignment) as c_alignment,
        if(isnan(c_z2), null, c_z2) as c_z2,
        if(isnan(c_property) or abs(c_property) > 1 - 1e-12, null, c_property) as c_property
    from correlated
),

partialled as (
    select
        *,
        (r_alignment - c_alignment * c_property)
        / nullif(sqrt((1 - pow(c_alignment, 2)) * (1 - pow(c_property, 2))), 0) as p_alignment,
        (r_z2 - c_z2 * c_property)
        / nullif(sqrt((1 - pow(c_z2, 2)) * (1 - pow(c_property, 2))), 0) as p_z2
    from known
),

final as (
    select
        cohort_id,
        alignment_id,
        property_id,
        n_models,
        r_alignment as estimate_alignment,
        r_z2 as estimate_z2,
        {{ fisher_limit('r_z2', 'n_models', -1) }} as ci_low_z2,
        {{ fisher_limit('r_z2', 'n_models', 1) }} as ci_high_z2,
        p_alignment as estimate_alignment_partial,
        p_z2 as estimate_z2_partial,
        {{ fisher_limit('p_z2', 'n_models - 1', -1) }} as ci_low_z2_partial,
        {{ fisher_limit('p_z2', 'n_models - 1', 1) }} as ci_high_z2_partial
    from partialled
)

select * from final
