{#- What aw compute measured; published results and those of this machine have the same columns. -#}

{# A model's key is the name that aw compute was given. The plain variant is the penultimate layer
   under cosine distance. #}
{% macro staged_alignments(relation, snapshot_id) -%}
select
    '{{ snapshot_id }}' as snapshot_id,
    model_name as source_model_key,
    model_name as source_model_name,
    case
        when layer = 'penultimate' and distance = 'cosine' then ''
        when layer = 'penultimate' then distance
        else layer || ', ' || distance
    end as variant_id,
    'alignment.' || stimulus_set_id || '.' || target || '.' || metric as benchmark_id,
    metric as published_benchmark,
    '' as benchmark_version,
    estimate as score_raw,
    estimate as score,
    cast(null as double) as error,
    case when estimate is null then 'failed' else 'scored' end as state,
    case when estimate is null then 'no variation' else 'value' end as state_evidence,
    * exclude (model_name, estimate)
from {{ relation }}
{%- endmacro %}

{# Accuracies of probes; a seed is a variant of the same benchmark. #}
{% macro staged_probe_results(relation, snapshot_id) -%}
select
    '{{ snapshot_id }}' as snapshot_id,
    model_name as source_model_key,
    model_name as source_model_name,
    case when layer = 'penultimate' then '' else layer || ', ' end || 'seed ' || seed
        as variant_id,
    'probe.' || dataset_id || '.' || head || '.' || n_shots || '-shot' as benchmark_id,
    head as published_benchmark,
    '' as benchmark_version,
    accuracy as score_raw,
    accuracy as score,
    cast(null as double) as error,
    case when accuracy is null then 'failed' else 'scored' end as state,
    case when accuracy is null then 'no accuracy' else 'value' end as state_evidence,
    * exclude (model_name, accuracy) rename (converged as is_converged, objective as loss)
from {{ relation }}
{%- endmacro %}

{# A table of the project's measurements and, below it, what this machine has computed. Rows that are
   not about a model are the same for both: with their key given as `once`, the project's stand. #}
{% macro measured(table, once=none) -%}
(
    select
        *,
        false as is_private
    from {{ ref('stg_compute__' ~ table) }}
    union all by name
    select
        *,
        true as is_private
    from {{ ref('stg_own__' ~ table) }}
    {%- if once %}
    anti join {{ ref('stg_compute__' ~ table) }} using ({{ once }})
    {%- endif %}
)
{%- endmacro %}
