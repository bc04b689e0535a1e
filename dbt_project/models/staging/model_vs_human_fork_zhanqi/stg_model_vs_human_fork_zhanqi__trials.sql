{{ staged_trials(source('model_vs_human_fork_zhanqi', 'trials')) }}
