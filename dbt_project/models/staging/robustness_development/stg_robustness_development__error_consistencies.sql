select
    regexp_extract(_file, '([a-z]+)[0-9][.]csv$', 1) as folder,
    regexp_extract(_file, '([0-9])[.]csv$', 1)::bigint + 1 as level,
    {% for side in [1, 2] %}
    replace(lower(split_part(condition, ' vs. ', {{ side }})), 'dnns', 'models')
        as group_{{ 'ab'[side - 1] }},
    {% endfor %}
    {{ finite('"observed-consistency"') }} as observed_consistency,
    {{ finite('"expected-consistency"') }} as expected_consistency,
    {{ finite('"cohens-kappa"') }} as error_consistency,
    _load_id,
    _file,
    _row
from {{ source('robustness_development', 'error_consistency') }}
