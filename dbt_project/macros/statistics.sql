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

{# Lower (side −1) or upper (1) 95 % limit of a Pearson correlation by Fisher's z; null where n < 4.
   A covariate held fixed costs one of n. METHODS §4. #}
{% macro fisher_limit(estimate, n, side) -%}
    if(
        {{ n }} > 3 and abs({{ estimate }}) < 1,
        tanh(atanh({{ estimate }}) + {{ side }} * 1.959963984540054 / sqrt(greatest({{ n }} - 3, 1))),
        null
    )
{%- endmacro %}
