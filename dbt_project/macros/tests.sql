{# The rows that share a key with another row, and those whose key holds a null. Keys are first
   told apart by a hash: a table of millions of texts would not fit into memory. #}
{% test unique_key(model, columns) %}
with repeated as (
    select hash({{ columns | join(', ') }}) as key_hash
    from {{ model }}
    group by key_hash
    having count(*) > 1
)

select *
from {{ model }}
where
    hash({{ columns | join(', ') }}) in (select key_hash from repeated)
    or {{ columns | join(' is null or ') }} is null
qualify
    count(*) over (partition by {{ columns | join(', ') }}) > 1
    or {{ columns | join(' is null or ') }} is null
{% endtest %}

{# The rows for which a condition is false or unknown. #}
{% test holds(model, condition) %}
select *
from {{ model }}
where not coalesce(({{ condition }}), false)
{% endtest %}

{# The rows where a number of a chain is below the one before it by more than rounding: what is
   interpolated or averaged between equal numbers may differ from them in the 17th digit. #}
{% test ordered(model, chains) %}
select *
from {{ model }}
where
    false
{%- for chain in chains %}
{%- for low in chain[:-1] %}
    or {{ low }} > {{ chain[loop.index] }} + 1e-9
{%- endfor %}
{%- endfor %}
{% endtest %}

{# NaN is not null: one NaN would make every average NaN. #}
{% test no_nan(model, column_name) %}
select {{ column_name }}
from {{ model }}
where isnan({{ column_name }})
{% endtest %}

{# As dbt's relationships, for a key of several columns. #}
{% test refers_to(model, columns, to) %}
select distinct {{ columns | join(', ') }}
from {{ model }}
anti join {{ to }} using ({{ columns | join(', ') }})
where {{ columns[0] }} is not null
{% endtest %}

{# Whether a staging model has the reviewed number of rows; none where its source is absent. #}
{% test row_count(model, n_rows) %}
select found.n_rows, sources.is_present
from (select count(*) as n_rows from {{ model }}) as found
inner join {{ ref('stg_ledger__sources') }} as sources
    on sources.source_id = '{{ model.identifier.split("__")[0][4:] }}'
where found.n_rows != case when sources.is_present then {{ n_rows }} else 0 end
{% endtest %}

{# The tables of raw, once dbt knows them (a linter never does). #}
{% macro raw_tables() -%}
{{ return(graph.sources.values() | list if execute and graph is defined else []) }}
{%- endmacro %}
