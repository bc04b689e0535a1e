select
    embeddings.* rename (_load_id as load_id, _file as source_file, _row as source_row),
    names.model_id,
    true as is_private
from {{ ref('stg_own__embeddings') }} as embeddings
left join {{ ref('int_model_names_resolved') }} as names using (snapshot_id, source_model_key)
