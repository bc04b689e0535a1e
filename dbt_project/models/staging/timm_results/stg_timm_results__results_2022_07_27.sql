{{ timm_scores(
    source('timm_results', 'results_2022_07_27'), 'timm_2022_07_27'
) }}
