-- The V1 file abbreviates three tasks that every other file spells out. The key uses the long form,
-- or three networks would lose their V1 scores; published_task keeps what was printed.
with named as (
    select
        *,
        regexp_extract(_file, 'benchmark:([^|]+)', 1) as published_benchmark,
        case task
            when 'Unsup Seg (2D)' then 'Unsupervised Segmentation (2D)'
            when 'Unsup Seg (25D)' then 'Unsupervised Segmentation (25D)'
            when 'Van Point Est' then 'Vanishing Point Estimation'
            else task
        end as task_name
    from {{ source('encoder_dimensionality', 'encoding') }}
)

select
    'encoder_dimensionality_2022' as snapshot_id,
    {{ encoder_key('task_name') }} as source_model_key,
    source_model_key as source_model_name,
    layer,
    case
        -- bonner.Object2Vec.pls.roi=EBA: a human area
        when contains(published_benchmark, '.roi=')
            then regexp_replace(
                published_benchmark, '^.+\.([a-z0-9]+)\.roi=(.+)$', 'encdim.human-\2.\1'
            )
        -- movshon.FreemanZiemba2013.V1.public-pls: a monkey area
        else regexp_replace(
            published_benchmark, '^.+\.([A-Z0-9]+)\.public-([a-z0-9]+)$', 'encdim.\1.\2'
        )
    end as benchmark_id,
    {{ finite('score') }} as score,
    {{ finite('score_error') }} as error,
    _load_id,
    _file,
    _row,
    task as published_task
from named
