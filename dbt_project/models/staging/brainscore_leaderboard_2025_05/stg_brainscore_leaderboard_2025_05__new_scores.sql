{{ brainscore_leaderboard_cells(
    source('brainscore_leaderboard_2025_05', 'new_leaderboard'),
    'brainscore_2025_05', 'model_name, model_id, rank, layers'
) }}
