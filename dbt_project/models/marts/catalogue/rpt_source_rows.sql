{%- set staging_models = [
    'stg_brainscore_average_vision_by_month__benchmark_edges',
    'stg_brainscore_average_vision_by_month__scores',
    'stg_brainscore_candidate_models__models',
    'stg_brainscore_fixture_2020_07__scores',
    'stg_brainscore_leaderboard_2025_05__new_scores',
    'stg_brainscore_leaderboard_2025_05__old_scores',
    'stg_brainscore_leaderboard_2025_05__submissions',
    'stg_brainscore_model_metadata__model_datasets',
    'stg_brainscore_model_metadata__models',
    'stg_brainscore_snapshot_2024_01_01__scores',
    'stg_compute__alignments',
    'stg_compute__ceilings',
    'stg_compute__control_differences',
    'stg_compute__embedding_manifests',
    'stg_compute__failures',
    'stg_compute__model_similarities',
    'stg_compute__probe_results',
    'stg_deepnsd__imagenet1ks',
    'stg_deepnsd__model_typologys',
    'stg_deepnsd__results_summarys',
    'stg_encoder_dimensionality__eigmetrics',
    'stg_encoder_dimensionality__encodings',
    'stg_encoder_dimensionality__n_shots',
    'stg_error_consistency_2020__brainscore_scores',
    'stg_error_consistency_2020__trials',
    'stg_imagenet_testbed__robustness_top1s',
    'stg_model_vs_human__nonparametric_trials',
    'stg_model_vs_human__parametric_trials',
    'stg_model_vs_human_fork_tizianthieringer__performances',
    'stg_model_vs_human_fork_tizianthieringer__trials',
    'stg_model_vs_human_swag_branch__performances',
    'stg_model_vs_human_swag_branch__trials',
    'stg_scaling_primate_vvs__benchmark_scores',
    'stg_scaling_primate_vvs__benchmark_scores_brainscore',
    'stg_timm_results__model_metadata',
    'stg_timm_results__results_2022_01_18',
    'stg_timm_results__results_2022_07_27',
    'stg_timm_results__results_2025_10_30',
    'stg_timm_results__shifted_results_2022_01_18',
    'stg_timm_results__shifted_results_2022_07_27',
    'stg_timm_results__shifted_results_2025_10_30',
    'stg_vpt_3dpc__combined_results',
    'stg_vpt_3dpc__combined_results_ft',
    'stg_vpt_3dpc__timm_models',
    'stg_vpt_3dpc__view_results',
] %}

with counted as (
    {% for staging_model in staging_models %}
    select
        '{{ staging_model }}' as model,
        count(*) as n_rows
    from {{ ref(staging_model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        cast(expected.source_id as varchar) as source_id,
        cast(expected.model as varchar) as model,
        cast(sources.is_present as boolean) as is_present,
        cast(expected.n_rows as bigint) as n_expected,
        cast(counted.n_rows as bigint) as n_rows
    from {{ ref('expected_rows') }} as expected
    inner join {{ ref('dim_sources') }} as sources on expected.source_id = sources.source_id
    inner join counted on expected.model = counted.model
)

select * from final
