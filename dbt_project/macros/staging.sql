{# The columns of a score that a source prints once, from the text of its cell: an empty cell was
   never run, text that is no finite number failed. A ceiled score has no raw one beside it. #}
{% macro printed_score(
    snapshot_id, key, benchmark_id, published_benchmark, variant_id="''", cell='score_text',
    name=none, is_ceiled=false, version="''", error='cast(null as double)'
) -%}
    '{{ snapshot_id }}' as snapshot_id,
    {{ key }} as source_model_key,
    {{ name or key }} as source_model_name,
    {{ variant_id }} as variant_id,
    {{ benchmark_id }} as benchmark_id,
    {{ published_benchmark }} as published_benchmark,
    {{ version }} as benchmark_version,
    {{ finite(cell) }} as score,
    {{ 'cast(null as double)' if is_ceiled else 'score' }} as score_raw,
    {{ error }} as error,
    case
        when {{ cell }} = '' then 'never_run'
        when score is null then 'failed'
        else 'scored'
    end as state,
    case
        when {{ cell }} = '' then 'empty cell'
        when score is null then {{ cell }}
        else 'value'
    end as state_evidence,
    _load_id,
    _file,
    _row
{%- endmacro %}

{# Every cell of a wide table beside its keys as a row, the empty ones too: a raw cell is '' and
   never null, so a plain unpivot keeps them all. #}
{% macro cells_of(relation, keys) -%}
    {{ relation }} unpivot (
        score_text for column_name in (columns(* exclude ({{ keys }}, _load_id, _file, _row)))
    )
{%- endmacro %}

{# A wide Brain-Score leaderboard. A number is a score, X an attempt without a valid score. #}
{% macro brainscore_leaderboard_cells(relation, snapshot_id, keys) -%}
select
    {{ printed_score(
        snapshot_id, 'model_id', 'column_name', 'column_name', name='trim(model_name)',
        is_ceiled=true
    ) }}
from {{ cells_of(relation, keys) }}
{%- endmacro %}

{# timm prints top-1 and top-5 of a test set in one row, each as accuracy and as 100 minus it
   (top1_err, top5_err: no errors of a score). Files of shifted sets print changes too. #}
{% macro timm_scores(relation, snapshot_id, variant_id="''", is_shifted=false) -%}
with cells as (
    select
        *,
        regexp_extract(_file, 'results-(.+)\.csv$', 1) as test_set,
        round({{ printed_number('param_count') }} * 1e6) as n_parameters
    from {{ relation }}
    unpivot include nulls (
        {%- if is_shifted %}
        (score_text, score_change) for metric in (
            (top1, top1_diff) as 'top1', (top5, top5_diff) as 'top5'
        )
        {%- else %}
        score_text for metric in (top1, top5)
        {%- endif %}
    )
)

select
    {{ printed_score(
        snapshot_id, 'model', "'timm.' || test_set || '.' || metric",
        "'results-' || test_set || '.' || metric", variant_id
    ) }},
    n_parameters,
    try_cast(img_size as integer) as img_size
    {%- if is_shifted %},
    {{ printed_number('score_change') }} as score_diff,
    {{ printed_number('rank_diff') }}::integer as rank_diff,
    (score_text != '' and score is null)
    or (param_count != '' and n_parameters is null)
    or (score_change != '' and score_diff is null)
    or (rank_diff != '' and {{ printed_number('rank_diff') }} is null) as has_leftover
    {%- endif %}
from cells
{%- endmacro %}

{# Similarity to human cortex: the file's name says by which metric and to which images
   (rsa_synthetic.csv), the column to which region (%R2_V4). #}
{% macro cortex_scores(relation) -%}
{%- set file %}regexp_extract(_file, '(\w+)\.csv$', 1){% endset -%}
select
    {{ printed_score(
        'rsa_effective_robustness_2026', '"Model"',
        "'rsa_robustness.' || regexp_extract(column_name, '[^_]+$') || '.' || replace("
        ~ file ~ ", '_', '.')",
        file ~ " || '.' || column_name"
    ) }}
from {{ cells_of(relation, '"Model"') }}
{%- endmacro %}

{# Accuracies that the publishers of trials print themselves. #}
{% macro staged_performances(relation) -%}
select
    subj as observer_id,
    dataset_name as dataset_id,
    metric_name,
    {{ finite('performance') }} as performance,
    _load_id,
    _file,
    _row
from {{ relation }}
{%- endmacro %}

{# Empty for the first row of a key in the order of the file, then 2, 3 …: one evaluation may be
   printed again. #}
{% macro repeat_number(key) -%}
    coalesce(
        nullif(row_number() over (partition by {{ key }} order by _row), 1)::varchar, ''
    )
{%- endmacro %}

{# Accuracies of vpt_3dpc, one column per task. #}
{% macro vpt_scores(relation, benchmarks) -%}
with numbered as (
    select
        *,
        {{ repeat_number('model_name') }} as repeat_id
    from {{ relation }}
)

select
    {%- set benchmark_id %}
    case column_name
        {%- for column_name, benchmark_id in benchmarks.items() %}
        when '{{ column_name }}' then '{{ benchmark_id }}'
        {%- endfor %}
    end
    {%- endset %}
    {{ printed_score('vpt_2024', 'model_name', benchmark_id, 'column_name', 'repeat_id') }}
from numbered
unpivot include nulls (score_text for column_name in ({{ benchmarks | join(', ') }}))
{%- endmacro %}

{# Key of a network of encoder_dimensionality; an untrained one has no task. #}
{% macro encoder_key(task='task') -%}
    concat_ws('|', architecture, if({{ task }} = 'None', '', {{ task }}), kind, source)
{%- endmacro %}
