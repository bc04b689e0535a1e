-- Figures 3 (right) and 4 (right) of Sucholutsky & Griffiths (2023) from our own models.
select
    alignment_id,
    property_id,
    {{ probe_relation_parts() }},
    {{ probe_shots() }},
    n_units as n_models,
    max(estimate) filter (where transform = 'z2') as estimate_z2,
    n_families,
    max(ci_low_naive) filter (where transform = 'z2') as ci_low_naive,
    max(ci_high_naive) filter (where transform = 'z2') as ci_high_naive,
    max(estimate) filter (where transform = 'raw') as estimate_alignment
from {{ ref('fct_downstream_relations') }}
where {{ is_probe_relation() }} and method = 'pearson' and covariate = 'none'
group by all
