{{ timm_scores(
    source('timm_results', 'results_shifted_2022_01_18'), 'timm_2022_01_18', is_shifted=true
) }}
