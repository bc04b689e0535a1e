select
    manifests.* rename (_load_id as load_id, _file as source_file, _row as source_row),
    names.model_id
from {{ measured('embedding_manifests') }} as manifests
left join {{ ref('int_model_names_resolved') }} as names using (snapshot_id, source_model_key)
