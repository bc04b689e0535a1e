-- Pearson of a property with an alignment and with its z², ((x − mean) / sd)², and the same with the
-- covariate held fixed (METHODS §9). Null where something is constant.
{%- set sides = ['alignment', 'z2'] %}
with gathered as (
    select * from {{ ref('int_alignment_properties_gathered') }}
    where alignment is not null
),

scored as (
    select
        *,
        pow(
            {{ zscore('alignment', 'cohort_id, alignment_id, property_id') }}, 2
        ) as z2
    from gathered
),

correlated as (
    select
        cohort_id,
        alignment_id,
        property_id,
        count(*) as n_models,
        count(covariate) as n_covariate,
        {% for side in sides -%}
        corr({{ side }}, property) as r_{{ side }},
        corr({{ side }}, covariate) as c_{{ side }},
        {% endfor -%}
        corr(property, covariate) as c_property
    from scored
    group by cohort_id, alignment_id, property_id
),

known as (
    select
        cohort_id,
        alignment_id,
        property_id,
        n_models,
        n_covariate,
        c_property,
        {% for side in sides -%}
        if(isnan(r_{{ side }}), null, r_{{ side }}) as r_{{ side }},
        if(isnan(c_{{ side }}), null, c_{{ side }}) as c_{{ side }}{{ ',' if not loop.last }}
        {% endfor -%}
    from correlated
),

partialled as (
    select
        *,
        {% for side in sides -%}
        (r_{{ side }} - c_{{ side }} * c_property)
        / nullif(sqrt((1 - pow(c_{{ side }}, 2)) * (1 - pow(c_property, 2))), 0)
            as p_{{ side }}{{ ',' if not loop.last }}
        {% endfor -%}
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
        -- a property is no property of itself: the covariate has no partial correlation
        if(abs(c_property) > 1 - 1e-12, null, p_alignment) as estimate_alignment_partial,
        if(abs(c_property) > 1 - 1e-12, null, p_z2) as estimate_z2_partial,
        if(
            abs(c_property) > 1 - 1e-12, null, {{ fisher_limit('p_z2', 'n_models - 1', -1) }}
        ) as ci_low_z2_partial,
        if(
            abs(c_property) > 1 - 1e-12, null, {{ fisher_limit('p_z2', 'n_models - 1', 1) }}
        ) as ci_high_z2_partial
    from partialled
)

select * from final
