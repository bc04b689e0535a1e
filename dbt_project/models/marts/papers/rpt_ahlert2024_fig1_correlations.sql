{{ figure_correlations('fig1') }}
