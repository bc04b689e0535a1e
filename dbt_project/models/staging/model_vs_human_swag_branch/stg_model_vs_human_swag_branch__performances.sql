{{ staged_performances(source('model_vs_human_swag_branch', 'performances')) }}
