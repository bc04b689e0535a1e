{{ staged_trials(source('error_consistency_2020', 'trials')) }}
