{# Place of a confidence in a link between names, 1 = the very same weights. #}
{% macro confidence_rank(confidence) -%}
    list_position(
        ['exact_weights', 'same_recipe', 'same_architecture', 'guess'], {{ confidence }}
    )
{%- endmacro %}

{# The weights that a name stands for if links are believed down to a confidence. #}
{% macro believed_model(confidence_rank) -%}
    if(
        names.confidence_rank <= {{ confidence_rank }},
        names.candidate_model_id,
        names.own_model_id
    )
{%- endmacro %}
