{{ staged_trials(source('model_vs_human', 'parametric_trials'), session='"Session"') }}
