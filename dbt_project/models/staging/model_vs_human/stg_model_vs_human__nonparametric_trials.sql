{{ staged_trials(source('model_vs_human', 'nonparametric_trials')) }}
