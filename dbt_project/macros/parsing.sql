{# Text to double; text that is a number but not a finite one (nan, inf) becomes null. #}
{% macro finite(text) -%}
    case when isfinite(try_cast({{ text }} as double)) then try_cast({{ text }} as double) end
{%- endmacro %}

{# A printed number with thousands commas or a leading plus sign. #}
{% macro printed_number(text) -%}
    {{ finite("ltrim(replace(" ~ text ~ ", ',', ''), '+')") }}
{%- endmacro %}
