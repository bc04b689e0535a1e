-- One rank_diff is misprinted (-1g): it becomes null and shows in has_leftover.
{{ timm_scores(
    source('timm_results', 'results_shifted_2022_07_27'), 'timm_2022_07_27', is_shifted=true
) }}
