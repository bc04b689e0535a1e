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

{% macro of_model(quantity, condition) -%}
select {{ quantity }}
from marts.rpt_ahlert2024_fig2_neural_behaviour
where cohort_id = 'brainscore_2024_all' and {{ condition }}
{%- endmacro %}

{% macro scheme_spearman(scheme) -%}
select any_value(spearman_with_mean)
from marts.rpt_ahlert2024_fig3_rankings
where level = 'modality' and scheme = '{{ scheme }}'
{%- endmacro %}

{% macro figure_value(figure, quantity, extreme='max') -%}
select {{ extreme }}({{ quantity }})
from marts.rpt_ahlert2024_{{ figure }}
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

{% macro capacity(misalignment) -%}
select any_value(capacity)
from marts.rpt_triplets_needed
where misalignment = {{ misalignment }}
{%- endmacro %}

{% macro metric_agreement(metric) -%}
select corr(one.estimate, other.estimate)
from marts.fct_alignment as one
inner join marts.fct_alignment as other
    on one.snapshot_id = other.snapshot_id and one.source_model_key = other.source_model_key
where not one.is_control and one.snapshot_id = 'compute_2026_11'
    and one.benchmark_id = 'alignment.objects92.behaviour.{{ metric }}'
    and other.benchmark_id = 'alignment.objects92.behaviour.triplet'
    and one.distance = 'cosine' and other.distance = 'cosine'
{%- endmacro %}

{# The first where the supplement of Sucholutsky & Griffiths was placed, else our own models. #}
{% macro placed_or(placed, own) -%}
select
    coalesce(
        (
            {{ placed | indent(12) }}
        ),
        (
            {{ own | indent(12) }}
        )
    )
{%- endmacro %}

{# z² of the alignment of the paper's own models, ImageNet top-1 held fixed. #}
{% macro z2_of_491(metric, property_id, quantity='estimate') -%}
select {{ quantity }}
from marts.fct_downstream_relations
where cohort_id = 'timm_2022_491' and method = 'pearson' and transform = 'z2'
    and covariate = 'imagenet_top1'
    and alignment_id = 'alignment.peterson.behaviour.{{ metric }}'
    and property_id = '{{ property_id }}'
{%- endmacro %}

{# Something over the paper's own models; each benchmark by the name given to it. #}
{% macro over_491(quantity, benchmarks) -%}
select {{ quantity }}
from marts.bridge_cohort_models as models
{% for name, benchmark_id in benchmarks.items() -%}
inner join marts.fct_scores as {{ name }}
    on models.source_model_key = {{ name }}.source_model_key
    and {{ name }}.benchmark_id = '{{ benchmark_id }}'
    and {{ name }}.snapshot_id = {% if benchmark_id.startswith('timm.') -%}
    models.snapshot_id and models.variant_id = {{ name }}.variant_id
    {%- else %}'sucholutsky2023'{% endif %}
{% endfor -%}
where models.cohort_id = 'timm_2022_491' and models.is_member
{%- endmacro %}

{% macro pearson_with_top1(benchmark_id) -%}
{%- set scores = {'top1': 'timm.imagenet.top1', 'probe': benchmark_id} -%}
{{ over_491('corr(top1.score, probe.score)', scores) }}
{%- endmacro %}

{% macro ahlert2024_queries() -%}
{%- set fig1, fig5 = 'fig1_correlations', 'fig5_correlations' -%}
{{ return({
    'abstract_models_80': cohort_size('brainscore_2024_metrics69'),
    'abstract_mean_198': "select mean_estimate
from marts.rpt_cohort_agreement
where cohort_id = 'brainscore_2024_metrics69' and method = 'spearman'",
    'abstract_r2_behaviour': explained_share('behaviour'),
    'abstract_r2_neural': explained_share('neural'),
    'intro_models_241': cohort_size('brainscore_2024_all'),
    'methods_alpha_fig1': figure_value(fig1, 'alpha_bonferroni'),
    'methods_alpha_fig5': figure_value(fig5, 'alpha_bonferroni'),
    'section3_models_95': cohort_size('brainscore_2024_complete'),
    'section3_below_floor': cohort_size('brainscore_2024_complete_floor', 'n_below_floor'),
    'section3_models_88': cohort_size('brainscore_2024_complete_dedup'),
    'fig1_models_42': figure_value(fig1, 'n_models', 'min'),
    'fig1_models_80': figure_value(fig5, 'n_models'),
    'section4_best_behaviour': best_score('behaviour'),
    'section4_best_neural': best_score('neural'),
    'section4_top_model': of_model('cast(source_model_key as bigint)', 'overall_rank = 1'),
    'section4_second_model': of_model('cast(source_model_key as bigint)', 'overall_rank = 2'),
    'section4_neural_rank_1885': of_model('neural_rank', "source_model_key = '1885'"),
    'section4_neural_rank_646': of_model('neural_rank', "source_model_key = '646'"),
    'fig3_mean_rank_47': scheme_spearman('mean_rank'),
    'fig3_z_mean_92': scheme_spearman('z_mean'),
    'a2_models_241': cohort_size('brainscore_2024_all'),
    'a2_models_88': cohort_size('brainscore_2024_complete_dedup'),
    'a2_mobilenets_13': names_like('^mobilenet_?v2'),
    'a2_bits_6': names_like('^BiT-S'),
    'a2_advprops_6': names_like('^AdvProp_efficientnet'),
    'a3_models_42': figure_value(fig1, 'n_models', 'min'),
    'fig5_models_80': figure_value(fig5, 'n_models'),
    'fig5_mean_17': figure_value(fig5, 'mean_estimate'),
    'fig5_fig1_mean_21': figure_value(fig1, 'mean_estimate'),
    'fig6_models_88': figure_value('fig6_distributions', 'n_models'),
    'fig7_group_50': coverage_group(1),
    'fig7_group_33': coverage_group(2),
    'fig7_group_30': coverage_group(3),
    'fig7_group_5': coverage_group(4),
    'fig7_fewest_5': "select min(n_scored)
from marts.rpt_ahlert2024_fig7_missingness",
}) }}
{%- endmacro %}

{% macro sucholutsky2023_queries() -%}
{%- set six_sets = 'alignment.peterson.behaviour.' -%}
{%- set agreement_of_491 = over_491(
    'corr(one.score, other.score)', {'one': six_sets ~ 'METRIC', 'other': six_sets ~ 'triplet'}
) -%}
{%- set both_of_491 = placed_or(
    over_491('nullif(count(*), 0)', {
        'alignment': six_sets ~ 'pearson', 'probe': 'probe.cifar100.logistic.1-shot'
    }),
    "select nullif(count(distinct model_id), 0)
from marts.rpt_sucholutsky2023_fig4_models") -%}
{%- set queries = {
    'models': cohort_size('timm_2022_491'),
    'section3_capacity_zero': capacity(0),
    'section3_capacity_half': capacity(0.5),
    'section3_capacity_one': capacity(1),
    'section4_variance': placed_or(
        z2_of_491('pearson', 'probe.cifar100.logistic.1-shot', '100 * power(estimate, 2)'),
        "select 100 * power(estimate_z2, 2)
from marts.rpt_sucholutsky2023_fig3_correlations
where alignment_id = 'alignment.objects92.behaviour.pearson'
    and property_id = 'probe.cifar10.logistic.1-shot'"),
    'section5_spearman_triplet': placed_or(
        agreement_of_491 | replace('METRIC', 'spearman'), metric_agreement('spearman')),
    'section5_pearson_triplet': placed_or(
        agreement_of_491 | replace('METRIC', 'pearson'), metric_agreement('pearson')),
    'fig4_models': both_of_491,
    'section41_models': both_of_491,
    'real_better': "select count(*)
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
    'c_imagenet_a': imagenet_pearson('timm.imagenet-a.top1'),
    'c_imagenet_s': imagenet_pearson('timm.sketch.top1'),
    'c_imagenet_r': imagenet_pearson('timm.imagenet-r.top1'),
    'c_cifar10': placed_or(
        pearson_with_top1('probe.cifar10.logistic.1-shot'),
        pearson_with_top1('probe.cifar100.logistic.1-shot')),
    'c_fmnist': pearson_with_top1('probe.fashion_mnist.logistic.1-shot'),
    'c_mnist': pearson_with_top1('probe.mnist.logistic.1-shot'),
    'd_alignment_half': "with models as (
" ~ over_491(
    'alignment.score as alignment, relabelled.score - original.score as gain,
    ntile(10) over (order by alignment.score) as tenth',
    {'alignment': six_sets ~ 'pearson', 'relabelled': 'timm.imagenet-real.top1',
     'original': 'timm.imagenet.top1'}
) ~ "
),

tenths as (
    select avg(alignment) as alignment, avg(gain) as gain
    from models
    group by tenth
)

select arg_max(alignment, gain)
from tenths",
} -%}
{#- Tables 1 and 2: one number per cell -#}
{%- for property in ['imagenet-a', 'imagenet-r', 'sketch'] -%}
{%- for top in ['top1', 'top5'] -%}
{%- for metric in ['pearson', 'spearman', 'triplet'] -%}
{%- set cell = property | replace('-', '_') ~ '_' ~ top ~ '_' ~ metric -%}
{%- set alignment = "alignment_id = 'sucholutsky2023." ~ metric ~ "'" -%}
{%- set property_id = "property_id = 'timm." ~ property ~ "." ~ top ~ "'" -%}
{%- do queries.update({
    'table2_' ~ cell: z2_of_491(metric, 'timm.' ~ property ~ '.' ~ top)
}) -%}
{%- do queries.update({'table2_' ~ cell ~ '_p': "select p_partial
from marts.rpt_sucholutsky2023_table2
where " ~ alignment ~ " and " ~ property_id}) -%}
{%- for model_group in ['high', 'mid', 'low'] -%}
{%- do queries.update({'table1_' ~ cell ~ '_' ~ model_group: "select mean
from marts.fct_high_mid_low
where cohort_id = 'timm_2022_491' and " ~ alignment ~ "
    and " ~ property_id ~ " and model_group = '" ~ model_group ~ "'"}) -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{{ return(queries) }}
{%- endmacro %}

{% macro geirhos2021_queries() -%}
{%- set queries = {} -%}
{%- for model, source, observer_id in [
    ('clip', 'fork_tizianthieringer', 'clip'),
    ('resnet50', 'swag_branch', 'resnet50'),
    ('noisy_student', 'fork_tizianthieringer', 'efficientnet_l2_noisy_student_475'),
] -%}
{%- for quantity in [
    'accuracy_difference', 'observed_consistency', 'error_consistency', 'ood_accuracy',
    'mean_rank', 'rank_ood_accuracy'
] if model != 'noisy_student' or quantity.endswith('ood_accuracy') -%}
{%- do queries.update({model ~ '_' ~ quantity: "select " ~ quantity ~ "
from marts.fct_behaviour_summary
where source_id = 'model_vs_human_" ~ source ~ "' and observer_id = '" ~ observer_id ~ "'"}) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(queries) }}
{%- endmacro %}

{% macro paper_queries() -%}
{%- set queries = {} -%}
{%- for paper, of_paper in {
    'ahlert2024': ahlert2024_queries(),
    'sucholutsky2023': sucholutsky2023_queries(),
    'geirhos2021': geirhos2021_queries(),
}.items() -%}
{%- for target, query in of_paper.items() -%}
{%- do queries.update({paper ~ '_' ~ target: query}) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(queries) }}
{%- endmacro %}

{# The choices that ways to ask a claim differ in. #}
{% macro specification_choices() -%}
    {{ return([
        'snapshot', 'benchmarks', 'models', 'missing', 'level', 'method', 'pairs', 'left_out',
        'scheme', 'measure', 'covariate', 'confidence', 'alignment_id', 'property_id',
    ]) }}
{%- endmacro %}
