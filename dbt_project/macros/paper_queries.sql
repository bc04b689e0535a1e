{#-
    The query that yields each paper target, over marts. The text stored beside a value in
    rpt_paper_targets is the text that computed it.
-#}
{% macro imagenet_pearson(benchmark_id) -%}
select estimate
from marts.fct_benchmark_correlations
where cohort_id = 'timm_2022_491' and level = 'leaf' and method = 'pearson'
    and 'timm.imagenet.top1' in (benchmark_a, benchmark_b)
    and '{{ benchmark_id }}' in (benchmark_a, benchmark_b)
{%- endmacro %}

{% macro cohort_size(cohort_id, quantity='n_models') -%}
select {{ quantity }}
from marts.dim_cohorts
where cohort_id = '{{ cohort_id }}' and n_models > 0
{%- endmacro %}

{% macro explained_share(part) -%}
select 100 * any_value(r2_{{ part }})
from marts.rpt_ahlert2024_fig2_neural_behaviour
where cohort_id = 'wichmann_2020'
{%- endmacro %}

{% macro best_score(part) -%}
select max_{{ part }}
from marts.fct_missing_policies
where cohort_id = 'brainscore_2024_all' and policy = 'zero'
{%- endmacro %}

{% macro placed_model(place) -%}
select cast(source_model_key as bigint)
from marts.rpt_ahlert2024_fig2_neural_behaviour
where cohort_id = 'brainscore_2024_all' and overall_rank = {{ place }}
{%- endmacro %}

{% macro neural_rank(source_model_key) -%}
select neural_rank
from marts.rpt_ahlert2024_fig2_neural_behaviour
where cohort_id = 'brainscore_2024_all' and source_model_key = '{{ source_model_key }}'
{%- endmacro %}

{% macro scheme_spearman(scheme) -%}
select any_value(spearman_with_mean)
from marts.rpt_ahlert2024_fig3_rankings
where level = 'modality' and scheme = '{{ scheme }}'
{%- endmacro %}

{% macro figure_value(figure, quantity) -%}
select max({{ quantity }})
from marts.rpt_ahlert2024_{{ figure }}_correlations
{%- endmacro %}

{% macro names_like(pattern) -%}
select nullif(count(*), 0)
from marts.bridge_cohort_models
where cohort_id = 'brainscore_2024_metrics69' and is_member
    and regexp_matches(source_model_name, '{{ pattern }}', 'i')
{%- endmacro %}

{% macro coverage_group(place) -%}
with groups as (
    select n_scored, count(*) as n_models
    from marts.rpt_ahlert2024_fig7_missingness
    group by n_scored
    order by n_models desc, n_scored desc
    limit 4
)

select n_scored
from groups
order by n_scored desc
limit 1 offset {{ place - 1 }}
{%- endmacro %}

{% macro toolbox_value(quantity, observer_id, source='fork_tizianthieringer') -%}
select {{ quantity }}
from marts.fct_behaviour_summary
where source_id = 'model_vs_human_{{ source }}' and observer_id = '{{ observer_id }}'
{%- endmacro %}

{% macro capacity(misalignment) -%}
select any_value(capacity)
from marts.rpt_triplets_needed
where misalignment = {{ misalignment }}
{%- endmacro %}

{% macro shots(place) -%}
select distinct n_shots
from marts.fct_probe_results
order by n_shots
limit 1 offset {{ place - 1 }}
{%- endmacro %}

{% macro metric_agreement(metric) -%}
select corr(one.estimate, other.estimate)
from marts.fct_alignment as one
inner join marts.fct_alignment as other
    on one.source_model_key = other.source_model_key
where not one.is_control
    and one.benchmark_id = 'alignment.objects92.behaviour.{{ metric }}'
    and other.benchmark_id = 'alignment.objects92.behaviour.triplet'
    and one.distance = 'cosine' and other.distance = 'cosine'
{%- endmacro %}

{% macro group_mean(property_id, metric, model_group) -%}
select mean
from marts.fct_high_mid_low
where cohort_id = 'timm_2022_491' and alignment_id = 'sucholutsky2023.{{ metric }}'
    and property_id = '{{ property_id }}' and model_group = '{{ model_group }}'
{%- endmacro %}

{% macro printed_p(property_id, metric) -%}
select p_partial
from marts.rpt_sucholutsky2023_table2
where alignment_id = 'sucholutsky2023.{{ metric }}' and property_id = '{{ property_id }}'
{%- endmacro %}

{#- Tables 1 and 2 of Sucholutsky & Griffiths: one number per cell. -#}
{% macro sucholutsky2023_table_queries() -%}
{%- set queries = {} -%}
{%- for property in ['imagenet-a', 'imagenet-r', 'sketch'] -%}
{%- for top in ['top1', 'top5'] -%}
{%- for metric in ['pearson', 'spearman', 'triplet'] -%}
{%- set cell = property | replace('-', '_') ~ '_' ~ top ~ '_' ~ metric -%}
{%- set property_id = 'timm.' ~ property ~ '.' ~ top -%}
{%- do queries.update({'s002_table2_' ~ cell ~ '_p': printed_p(property_id, metric)}) -%}
{%- for model_group in ['high', 'mid', 'low'] -%}
{%- do queries.update({
    's002_table1_' ~ cell ~ '_' ~ model_group: group_mean(property_id, metric, model_group)
}) -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{{ return(queries) }}
{%- endmacro %}

{% macro paper_queries() -%}
{{ return(dict(sucholutsky2023_table_queries(), **{
    's001_abstract_models_80': cohort_size('brainscore_2024_metrics69'),
    's001_abstract_metrics_69': cohort_size('brainscore_2024_metrics69', 'n_benchmarks'),
    's001_abstract_mean_198': "select mean_estimate
from marts.rpt_cohort_agreement
where cohort_id = 'brainscore_2024_metrics69' and method = 'spearman'",
    's001_abstract_r2_behaviour': explained_share('behaviour'),
    's001_abstract_r2_neural': explained_share('neural'),
    's001_abstract_schemes_3': "select nullif(count(distinct scheme), 0)
from marts.rpt_ahlert2024_fig3_rankings",
    's001_intro_metrics_51': "select max(n_metrics)
from marts.rpt_ahlert2024_fig7_missingness",
    's001_intro_models_241': cohort_size('brainscore_2024_all'),
    's001_intro_metrics_50': cohort_size('brainscore_2024_all', 'n_benchmarks'),
    's001_methods_regions_4': "select nullif(count(distinct benchmark_id), 0)
from marts.rpt_ahlert2024_fig6_distributions",
    's001_methods_alpha': figure_value('fig5', 'alpha_bonferroni * n_tests'),
    's001_methods_alpha_fig1': figure_value('fig1', 'alpha_bonferroni'),
    's001_methods_alpha_fig5': figure_value('fig5', 'alpha_bonferroni'),
    's001_section3_models_95': cohort_size('brainscore_2024_complete'),
    's001_section3_floor': cohort_size('brainscore_2024_complete_dedup', '100 * accuracy_floor'),
    's001_section3_below_floor': cohort_size('brainscore_2024_complete_floor', 'n_below_floor'),
    's001_section3_models_88': cohort_size('brainscore_2024_complete_dedup'),
    's001_fig1_models_42': figure_value('fig1', 'n_models'),
    's001_fig1_models_80': figure_value('fig5', 'n_models'),
    's001_section4_best_behaviour': best_score('behaviour'),
    's001_section4_best_neural': best_score('neural'),
    's001_section4_top_model': placed_model(1),
    's001_section4_second_model': placed_model(2),
    's001_section4_neural_rank_1885': neural_rank('1885'),
    's001_section4_neural_rank_646': neural_rank('646'),
    's001_fig3_minmax_low': "select min(score_minmax)
from marts.rpt_ahlert2024_fig3_rankings",
    's001_fig3_minmax_high': "select max(score_minmax)
from marts.rpt_ahlert2024_fig3_rankings",
    's001_fig3_shift_10': "select max(abs(rank_shift))
from marts.rpt_ahlert2024_fig3_rankings
where not is_large_shift",
    's001_fig3_mean_rank_47': scheme_spearman('mean_rank'),
    's001_fig3_z_mean_92': scheme_spearman('z_mean'),
    's001_a2_models_241': cohort_size('brainscore_2024_all'),
    's001_a2_models_88': cohort_size('brainscore_2024_complete_dedup'),
    's001_a2_mobilenets_13': names_like('^mobilenet_?v2'),
    's001_a2_bits_6': names_like('^BiT-S'),
    's001_a2_advprops_6': names_like('^AdvProp_efficientnet'),
    's001_a3_models_42': figure_value('fig1', 'n_models'),
    's001_fig5_models_80': figure_value('fig5', 'n_models'),
    's001_fig5_mean_17': figure_value('fig5', 'mean_estimate'),
    's001_fig5_fig1_mean_21': figure_value('fig1', 'mean_estimate'),
    's001_fig6_models_88': "select max(n_models)
from marts.rpt_ahlert2024_fig6_distributions",
    's001_fig7_group_50': coverage_group(1),
    's001_fig7_group_33': coverage_group(2),
    's001_fig7_group_30': coverage_group(3),
    's001_fig7_group_5': coverage_group(4),
    's001_fig7_fewest_5': "select min(n_scored)
from marts.rpt_ahlert2024_fig7_missingness",
    's001_fig7_metrics_51': "select max(n_metrics)
from marts.rpt_ahlert2024_fig7_missingness",
    's002_models': cohort_size('timm_2022_491'),
    's002_abstract_models': cohort_size('timm_2022_491'),
    's002_intro_models': cohort_size('timm_2022_491'),
    's002_section4_models': cohort_size('timm_2022_491'),
    's002_section3_capacity_zero': capacity(0),
    's002_section3_capacity_half': capacity(0.5),
    's002_section3_capacity_one': capacity(1),
    's002_section4_shots_01': shots(1),
    's002_section4_shots_05': shots(2),
    's002_section4_shots_10': shots(3),
    's002_section4_shots_20': shots(4),
    's002_section4_shots_40': shots(5),
    's002_section4_shots_80': shots(6),
    's002_section4_metrics': "select nullif(count(distinct alignment_id), 0)
from marts.fct_high_mid_low
where is_recovered",
    's002_section4_heads': "select nullif(count(distinct head), 0)
from marts.fct_probe_results",
    's002_section4_dropout': "select max(cast(settings ->> 'dropout' as double))
from marts.fct_probe_results
where head in ('mlp1', 'mlp2')",
    's002_section4_group': "select max(n_group)
from marts.fct_high_mid_low
where is_recovered",
    's002_section4_variance': "select 100 * power(estimate_z2, 2)
from marts.rpt_sucholutsky2023_fig3_correlations
where alignment_id = 'alignment.objects92.behaviour.pearson'
    and property_id = 'probe.cifar10.logistic.1-shot'",
    's002_section5_spearman_triplet': metric_agreement('spearman'),
    's002_section5_pearson_triplet': metric_agreement('pearson'),
    's002_fig4_models': "select nullif(count(distinct model_id), 0)
from marts.rpt_sucholutsky2023_fig4_models",
    's002_section41_models': "select nullif(count(distinct model_id), 0)
from marts.rpt_sucholutsky2023_fig4_models",
    's002_real_better': "select count(*)
from marts.bridge_cohort_models as models
inner join marts.fct_scores as relabelled
    on models.snapshot_id = relabelled.snapshot_id
    and models.source_model_key = relabelled.source_model_key
inner join marts.fct_scores as original
    on models.snapshot_id = original.snapshot_id
    and models.source_model_key = original.source_model_key
where models.cohort_id = 'timm_2022_491' and models.is_member
    and relabelled.benchmark_id = 'timm.imagenet-real.top1'
    and original.benchmark_id = 'timm.imagenet.top1'
    and relabelled.score > original.score",
    's002_c_imagenet_a': imagenet_pearson('timm.imagenet-a.top1'),
    's002_c_imagenet_s': imagenet_pearson('timm.sketch.top1'),
    's002_c_imagenet_r': imagenet_pearson('timm.imagenet-r.top1'),
    'geirhos2021_clip_accuracy_difference': toolbox_value('accuracy_difference', 'clip'),
    'geirhos2021_clip_observed_consistency': toolbox_value('observed_consistency', 'clip'),
    'geirhos2021_clip_error_consistency': toolbox_value('error_consistency', 'clip'),
    'geirhos2021_clip_ood_accuracy': toolbox_value('ood_accuracy', 'clip'),
    'geirhos2021_clip_mean_rank': toolbox_value('mean_rank', 'clip'),
    'geirhos2021_clip_rank_ood_accuracy': toolbox_value('rank_ood_accuracy', 'clip'),
    'geirhos2021_resnet50_accuracy_difference':
        toolbox_value('accuracy_difference', 'resnet50', 'swag_branch'),
    'geirhos2021_resnet50_observed_consistency':
        toolbox_value('observed_consistency', 'resnet50', 'swag_branch'),
    'geirhos2021_resnet50_error_consistency':
        toolbox_value('error_consistency', 'resnet50', 'swag_branch'),
    'geirhos2021_resnet50_ood_accuracy': toolbox_value('ood_accuracy', 'resnet50', 'swag_branch'),
    'geirhos2021_resnet50_mean_rank': toolbox_value('mean_rank', 'resnet50', 'swag_branch'),
    'geirhos2021_resnet50_rank_ood_accuracy':
        toolbox_value('rank_ood_accuracy', 'resnet50', 'swag_branch'),
    'geirhos2021_noisy_student_ood_accuracy':
        toolbox_value('ood_accuracy', 'efficientnet_l2_noisy_student_475'),
    'geirhos2021_noisy_student_rank_ood_accuracy':
        toolbox_value('rank_ood_accuracy', 'efficientnet_l2_noisy_student_475'),
})) }}
{%- endmacro %}
