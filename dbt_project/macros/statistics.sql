{# z-score inside a partition, with the sample sd; null where the sd is 0. METHODS §6. #}
{% macro zscore(value, partition_by) -%}
    ({{ value }} - avg({{ value }}) over (partition by {{ partition_by }}))
    / nullif(stddev_samp({{ value }}) over (partition by {{ partition_by }}), 0)
{%- endmacro %}

{# Average rank, 1 = smallest value of the ordering; ties share the mean of their places. #}
{% macro average_rank(value, partition_by, descending=false) -%}
    rank() over (
        partition by {{ partition_by }} order by {{ value }} {{ 'desc' if descending }}
    ) + (count(*) over (partition by {{ partition_by }}, {{ value }}) - 1) / 2.0
{%- endmacro %}
