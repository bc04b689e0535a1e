select
    'brainscore_2025_05' as snapshot_id,
    model_id as source_model_key,
    trim(model_name) as source_model_name,
    model_name as published_name,
    cast(rank as bigint) as published_rank,
    nullif(layers, '') as layers,
    _load_id,
    _file,
    _row
from {{ source('brainscore_leaderboard_2025_05', 'new_leaderboard') }}
