-- Lists of models that a cohort can name (cohorts.model_list).
select distinct
    'scaling_trained' as list_id,
    source_model_key
from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }}
where not is_random
union all
select distinct
    'scaling_pretrained' as list_id,
    source_model_key
from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }}
where is_pretrained
union all
select
    'sucholutsky2023' as list_id,
    timm_name as source_model_key
from {{ ref('sucholutsky2023_models') }}
