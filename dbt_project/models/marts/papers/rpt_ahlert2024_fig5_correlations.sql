{{ figure_correlations('fig5') }}
