-- What Brain-Score's own code loads under a name. A checkpoint of its own comes before a name of
-- timm, which then names the network alone, and is a known one where the scaling study lists the
-- same address. Blurred images change what the weights answer, so these names are not linked.
with configs as (
    select * from {{ ref('stg_brainscore_vision_repo__model_configs') }}
    where not is_blurred
),

checkpoints as (
    select distinct
        checkpoint_url,
        source_model_name
    from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }}
),

reviewed as (
    select * from {{ ref('model_links') }}
    where namespace = 'scaling' and confidence = 'exact_weights'
),

final as (
    select
        configs.source_model_name,
        coalesce(reviewed.model_id, 'scaling:' || checkpoints.source_model_name) as model_id,
        'Brain-Score''s code loads ' || configs.checkpoint_url
        || ', which scaling_primate_vvs lists for ' || checkpoints.source_model_name as evidence
    from configs
    inner join checkpoints using (checkpoint_url)
    left join reviewed on checkpoints.source_model_name = reviewed.source_model_name
    union all by name
    select
        source_model_name,
        timm_model_name as model_id,
        'Brain-Score''s code loads timm''s ' || timm_model_name as evidence
    from configs
    where checkpoint_url is null
)

select
    'brainscore' as namespace,
    *,
    'declared_by_source' as rule,
    'exact_weights' as confidence
from final
