select * exclude (own_model_id, confidence_rank, is_linked)
from {{ ref('int_model_names_resolved') }}
