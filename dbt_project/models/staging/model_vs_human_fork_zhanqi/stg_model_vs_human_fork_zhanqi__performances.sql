{{ staged_performances(source('model_vs_human_fork_zhanqi', 'performances')) }}
