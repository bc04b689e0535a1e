-- Figure 3 (left) of Sucholutsky & Griffiths (2023) from our own models: few-shot accuracy of High,
-- Mid and Low.
select
    alignment_id,
    property_id,
    {{ probe_relation_parts() }},
    {{ probe_shots() }},
    model_group,
    n_units as n_models,
    n_group,
    mean,
    ci_low,
    ci_high,
    p_permutation,
    members as models
from {{ ref('fct_high_mid_low') }}
where {{ is_probe_relation() }}
