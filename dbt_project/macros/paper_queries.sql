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

{% macro paper_queries() -%}
{{ return({
    's002_models': "select n_models
from marts.dim_cohorts
where cohort_id = 'timm_2022_491'",
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
}) }}
{%- endmacro %}
