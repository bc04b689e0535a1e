-- Figures 3 (right) and 4 (right) of Sucholutsky & Griffiths (2023) from our own models.
select
    alignment_id,
    property_id,
    {{ probe_relation_parts() }},
    {{ probe_shots() }},
    n_units as n_models,
    max(estimate) filter (where transform = 'z2') as estimate_z2,
    max(ci_low) filter (where transform = 'z2') as ci_low,
    max(ci_high) filter (where transform = 'z2') as ci_high,
    max(estimate) filter (where transform = 'raw') as estimate_alignment
from {{ ref('fct_downstream_relations') }}
where {{ is_probe_relation() }} and method = 'pearson' and covariate = 'none'
group by all
