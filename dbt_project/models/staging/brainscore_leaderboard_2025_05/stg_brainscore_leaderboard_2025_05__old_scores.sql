{{ brainscore_leaderboard_cells(
    source('brainscore_leaderboard_2025_05', 'old_leaderboard'),
    'brainscore_2025_05_old', 'model_name, model_id, rank'
) }}
