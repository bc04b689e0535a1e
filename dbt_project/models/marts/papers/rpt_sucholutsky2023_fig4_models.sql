-- Figure 4 (left) of Sucholutsky & Griffiths (2023) from our own models: 1-shot accuracy against
-- alignment.
select
    alignment_id,
    property_id,
    {{ probe_relation_parts() }},
    unit_id as model_id,
    alignment,
    property as accuracy,
    count(*) over (partition by alignment_id, property_id) as n_models
from {{ ref('int_high_mid_low_gathered') }}
where {{ is_probe_relation() }} and property_id like 'probe.%.logistic.1-shot'
