select * rename (score as score_directed)
from {{ ref('int_relation_scores_gathered') }}
