select
    'own' as snapshot_id,
    model_name as source_model_key,
    stimulus_set_id,
    layer,
    pool,
    image_index,
    image_id,
    label,
    n_dims,
    embedding,
    weights_sha256,
    _load_id,
    _file,
    _row
from {{ source('own', 'embeddings') }}
