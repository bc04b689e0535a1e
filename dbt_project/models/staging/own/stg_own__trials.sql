select
    dataset_id,
    subj as observer_id,
    cast(nullif(session, '') as bigint) as session,
    cast(nullif(trial, '') as bigint) as trial,
    cast(nullif(rt, '') as double) as rt,
    object_response as response,
    category,
    condition as published_condition,
    imagename as image_name,
    _load_id,
    _file,
    _row
from {{ source('own', 'trials') }}
