{{ staged_trials(source('model_vs_human_swag_branch', 'trials')) }}
