-- Figures 3 (right) and 4 (right) of Sucholutsky & Griffiths (2023) from our own models.
with relations as (
    select * from {{ ref('fct_downstream_relations') }}
    where {{ is_probe_relation() }} and method = 'pearson' and covariate = 'none'
),

of_z2 as (
    select
        alignment_id,
        property_id,
        {{ probe_relation_parts() }},
        {{ probe_shots() }},
        n_units as n_models,
        estimate as estimate_z2,
        ci_low,
        ci_high
    from relations
    where transform = 'z2'
),

of_alignment as (
    select
        alignment_id,
        property_id,
        estimate as estimate_alignment
    from relations
    where transform = 'raw'
),

final as (
    select *
    from of_z2
    inner join of_alignment using (alignment_id, property_id)
)

select * from final
