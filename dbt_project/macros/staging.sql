{# Long form of a wide Brain-Score leaderboard: one row per submission and benchmark column. A
   number is a score, X an attempt without a valid score, an empty cell was never run. #}
{% macro brainscore_leaderboard_cells(relation, snapshot_id, key, name, id_columns) -%}
with published as (
    select * from {{ relation }}
),

cells as (
    unpivot published
    on columns(* exclude ({{ id_columns | join(', ') }}, _load_id, _file, _row))
    into name published_benchmark value published_score
)

select
    '{{ snapshot_id }}' as snapshot_id,
    {{ key }} as source_model_key,
    trim({{ name }}) as source_model_name,
    '' as variant_id,
    published_benchmark as benchmark_id,
    published_benchmark,
    '' as benchmark_version,
    cast(null as double) as score_raw,
    {{ finite('published_score') }} as score,
    cast(null as double) as error,
    case published_score
        when 'X' then 'failed'
        when '' then 'never_run'
        else 'scored'
    end as state,
    case published_score
        when 'X' then 'X'
        when '' then 'empty cell'
        else 'value'
    end as state_evidence,
    _load_id,
    _file,
    _row
from cells
{%- endmacro %}
