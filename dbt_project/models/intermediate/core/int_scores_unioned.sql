{#- Every model of scores has the columns below; a new one is one line here. -#}
{%- set score_models = [
    'int_peterson_alignments_averaged',
    'int_trial_scores_computed',
    'stg_brainscore_average_vision_by_month__scores',
    'stg_brainscore_candidate_models__models',
    'stg_brainscore_fixture_2020_07__scores',
    'stg_brainscore_leaderboard_2025_05__new_scores',
    'stg_brainscore_leaderboard_2025_05__old_scores',
    'stg_brainscore_snapshot_2024_01_01__scores',
    'stg_compute__alignments',
    'stg_compute__probe_results',
    'stg_deepnsd__imagenet1ks',
    'stg_deepnsd__results_summarys',
    'stg_error_consistency_2020__brainscore_scores',
    'stg_imagenet_testbed__robustness_top1s',
    'stg_onevision_clickme__model_type_reference',
    'stg_own__alignments',
    'stg_own__probe_results',
    'stg_scaling_primate_vvs__benchmark_scores',
    'stg_scaling_primate_vvs__benchmark_scores_brainscore',
    'stg_sucholutsky2023_supplement__alignments',
    'stg_sucholutsky2023_supplement__few_shot_accuracies',
    'stg_timm_results__results_2022_01_18',
    'stg_timm_results__results_2022_07_27',
    'stg_timm_results__results_2025_10_30',
    'stg_timm_results__shifted_results_2022_01_18',
    'stg_timm_results__shifted_results_2022_07_27',
    'stg_timm_results__shifted_results_2025_10_30',
    'stg_vpt_3dpc__combined_results',
    'stg_vpt_3dpc__combined_results_ft',
    'stg_vpt_3dpc__view_results',
] -%}

{% for score_model in score_models %}
select
    snapshot_id,
    source_model_key,
    source_model_name,
    variant_id,
    benchmark_id,
    published_benchmark,
    benchmark_version,
    score_raw,
    score,
    error,
    state,
    state_evidence,
    _load_id,
    _file,
    _row
from {{ ref(score_model) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
