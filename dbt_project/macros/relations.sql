{# Place of a confidence in a link between names, 1 = the very same weights. #}
{% macro confidence_rank(confidence) -%}
    list_position(
        ['exact_weights', 'same_recipe', 'same_architecture', 'guess'], {{ confidence }}
    )
{%- endmacro %}
