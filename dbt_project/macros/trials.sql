{#- Statistics of decisions, trial by trial: docs/trials.md. -#}

{# Trials as published, typed and renamed; every raw table of trials has these columns. #}
{% macro staged_trials(
    relation, session='session', observer_id='subj', condition='condition'
) -%}
select
    split_part(_file, '/', 3) as folder,
    {{ observer_id }} as observer_id,
    try_cast({{ session }} as bigint) as session,
    try_cast(trial as bigint) as trial,
    {{ finite('rt') }} as rt,
    object_response as response,
    category,
    {{ condition }} as published_condition,
    imagename as image_name,
    _load_id,
    _file,
    _row
from {{ relation }}
{%- endmacro %}

{# The image is the last token of its published name, or the last two where the one before is an
   ImageNet class (n0…); what stands before differs between people (s01) and models (dnn). It is
   that of warehouse/own/trials.py. #}
{% macro image_key(image_name) -%}
    regexp_extract({{ image_name }}, '(?:^|_)(n0[0-9]+_[^_]*|[^_]*)$', 1)
{%- endmacro %}

{#- Counts of a pair over the n images both saw: a and b right answers, both right. -#}
{% macro observed_consistency(n, a, b, both) -%}
    ({{ n }} - {{ a }} - {{ b }} + 2 * {{ both }}) / {{ n }}
{%- endmacro %}

{# Agreement of two observers whose errors fall independently. #}
{% macro expected_consistency(n, a, b) -%}
    ({{ a }} / {{ n }}) * ({{ b }} / {{ n }}) + (1 - {{ a }} / {{ n }}) * (1 - {{ b }} / {{ n }})
{%- endmacro %}

{# Cohen's kappa of right and wrong; null where both are always right or both always wrong. #}
{% macro error_consistency(observed, expected) -%}
    ({{ observed }} - {{ expected }}) / nullif(1 - {{ expected }}, 0)
{%- endmacro %}

{# Kappa as it enters an average: 1 where two observers agree on every image, also where both are
   always right and kappa is 0 / 0 (modelvshuman/plotting/analyses.py, error_consistency). #}
{% macro averaged_consistency(observed, kappa) -%}
    if({{ observed }} = 1, 1, {{ kappa }})
{%- endmacro %}

{# Large-sample standard error of kappa by the delta method (Fleiss, Cohen & Everitt 1969, eq. 13),
   from the shares p11 (both right), p10 (a alone), p01 (b alone), p00. #}
{% macro kappa_standard_error(kappa, expected, n, p11, p10, p01, p00) -%}
    sqrt(
        greatest(
            {{ p11 }} * pow(1 - (2 * {{ p11 }} + {{ p10 }} + {{ p01 }}) * (1 - {{ kappa }}), 2)
            + {{ p00 }} * pow(1 - (2 * {{ p00 }} + {{ p10 }} + {{ p01 }}) * (1 - {{ kappa }}), 2)
            + pow(1 - {{ kappa }}, 2) * (
                {{ p10 }} * pow({{ p11 }} + 2 * {{ p01 }} + {{ p00 }}, 2)
                + {{ p01 }} * pow({{ p11 }} + 2 * {{ p10 }} + {{ p00 }}, 2)
            )
            - pow({{ kappa }} - {{ expected }} * (1 - {{ kappa }}), 2),
            0
        )
        / {{ n }}
    )
    / nullif(1 - {{ expected }}, 0)
{%- endmacro %}

{# Wilson's 95 % interval of a share k / n; side is '-' or '+'. #}
{% macro wilson(k, n, side) -%}
    {%- set z = '1.959963984540054' -%}
    case when {{ n }} > 0 then
        (
            {{ k }} + pow({{ z }}, 2) / 2
            {{ side }} {{ z }} * sqrt(
                {{ k }} * ({{ n }} - {{ k }}) / {{ n }} + pow({{ z }}, 2) / 4
            )
        )
        / ({{ n }} + pow({{ z }}, 2))
    end
{%- endmacro %}

{# Newcombe's 95 % interval (1998, method 10) of the difference of shares a / n and b / m. #}
{% macro share_difference(a, n, b, m, side) -%}
    {%- set other = '+' if side == '-' else '-' -%}
    {{ 'greatest' if side == '-' else 'least' }}(
        {{ side }}1,
        {{ a }} / {{ n }} - {{ b }} / {{ m }} {{ side }} sqrt(
            pow({{ a }} / {{ n }} - {{ wilson(a, n, side) }}, 2)
            + pow({{ b }} / {{ m }} - {{ wilson(b, m, other) }}, 2)
        )
    )
{%- endmacro %}

{# Who is right about an image that splits people and models: more than half of the one side, fewer
   than half of the other, and the interval of the difference of the two shares is away from zero. #}
{% macro image_split(a, n, b, m) -%}
    case
        when
            {{ a }} * 2 > {{ n }} and {{ b }} * 2 < {{ m }}
            and {{ share_difference(a, n, b, m, '-') }} > 0
            then 'people_right'
        when
            {{ a }} * 2 < {{ n }} and {{ b }} * 2 > {{ m }}
            and {{ share_difference(a, n, b, m, '+') }} < 0
            then 'models_right'
    end
{%- endmacro %}

{# Logarithm of the number of ways to choose k of n. #}
{% macro log_choose(n, k) -%}
    (lgamma({{ n }} + 1) - lgamma({{ k }} + 1) - lgamma({{ n }} - ({{ k }}) + 1))
{%- endmacro %}
