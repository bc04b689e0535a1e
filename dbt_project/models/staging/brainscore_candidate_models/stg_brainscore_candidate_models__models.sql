select
    {{ printed_score(
        'brainscore_candidate_models_2020', 'model', "'candidate_models.imagenet.' || metric",
        'metric'
    ) }},
    nullif(link, '') as link
from {{ source('brainscore_candidate_models', 'models') }}
unpivot include nulls (score_text for metric in (top1, top5))
