select
    regexp_extract(_file, '([a-z_]+)[.]csv$', 1) as folder,
    observer as file_name,
    difficulty as published_condition,
    {{ finite('accuracy') }} as accuracy,
    _load_id,
    _file,
    _row
from {{ source('robustness_development', 'raw_accuracy') }}
