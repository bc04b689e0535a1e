-- 290 models are tested at two image sizes: the size is the variant.
{{ timm_scores(
    source('timm_results', 'results_shifted_2025_10_30'), 'timm_2025_10_30', variant_id='img_size', is_shifted=true
) }}
