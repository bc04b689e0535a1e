{# z-score inside a partition, with the sample sd; null where the sd is 0. #}
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

{# Whether two lines make a U (Simonsohn 2018): slopes of opposite sign, each significant. Slopes
   of opposite sign of which one is not significant leave it undecided; where neither line is
   significant and both point one way the straight line decides between monotone and none. #}
{% macro two_lines_verdict(low, p_low, high, p_high, p_line) -%}
    case
        when {{ p_low }} is null or {{ p_high }} is null then 'undecided'
        when {{ p_low }} < .05 and {{ p_high }} < .05 and {{ low }} < 0 and {{ high }} > 0 then 'u'
        when {{ p_low }} < .05 and {{ p_high }} < .05 and {{ low }} > 0 and {{ high }} < 0
            then 'inverted_u'
        when
            ({{ p_low }} < .05 or {{ p_high }} < .05 or {{ p_line }} < .05)
            and {{ low }} * {{ high }} < 0
            then 'undecided'
        when {{ p_low }} < .05 or {{ p_high }} < .05 or {{ p_line }} < .05 then 'monotone'
        else 'none'
    end
{%- endmacro %}

{# Why a relation has no estimate, or that it has one. #}
{% macro relation_state(estimate, n_plain) -%}
    case
        when {{ estimate }} is not null then 'estimated'
        when covariate <> 'none' and is_covariate_side then 'covariate_is_a_side'
        when not is_enough and covariate <> 'none' and {{ n_plain }} > n_units
            then 'covariate_unknown'
        when not is_enough then 'too_few'
        else 'constant'
    end
{%- endmacro %}

{# A number rounded to 12 significant digits: values that are equal on paper are equal. #}
{% macro round_significant(value) -%}
    cast(format('{:.11e}', {{ value }}) as double)
{%- endmacro %}

{# A sum that does not depend on the order of rows: the addends are sorted by size. Lists are four
   times as fast as `sum(… order by …)`. #}
{% macro ordered_sum(value) -%}
    list_sum(list_sort(list({{ value }})))
{%- endmacro %}

{# A weighted mean that is ranked later: two models that are equal on paper tie. #}
{% macro ranked_average(value, weight) -%}
    {{ round_significant(ordered_sum(value ~ " * " ~ weight) ~ " / " ~ ordered_sum(weight)) }}
{%- endmacro %}

{# Pearson of two columns of a group, rows in a fixed order; null where one of them is constant,
   which DuckDB calls NaN. #}
{% macro correlation(x, y, order_by='source_model_key, variant_id', where='true') -%}
    nullif(corr({{ x }}, {{ y }} order by {{ order_by }}) filter (where {{ where }}), 'nan')
{%- endmacro %}

{# Generalizability of an average over n_each datasets per modality, from that over one. #}
{% macro of_more_datasets(column) -%}
    n_each * {{ column }} / (1 + (n_each - 1) * {{ column }})
{%- endmacro %}

{# Datasets for a coefficient of so many hundredths, from that over one per modality. #}
{% macro datasets_needed(percent, column) -%}
    ceil({{ percent / (100 - percent) }} * (1 - {{ column }}) / {{ column }}) * n_modalities
{%- endmacro %}
