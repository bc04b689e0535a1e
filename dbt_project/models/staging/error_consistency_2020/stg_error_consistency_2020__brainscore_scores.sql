with published as (
    select * from {{ source('error_consistency_2020', 'brainscore_metrics') }}
),

cells as (
    unpivot published
    on columns(* exclude ("# name", _load_id, _file, _row))
    into name published_benchmark value published_score
)

select
    'wichmann_2020' as snapshot_id,
    trim("# name") as source_model_key,
    trim("# name") as source_model_name,
    '' as variant_id,
    -- the columns are regions; in 2020 each region was one benchmark
    case trim(published_benchmark)
        when 'avg.' then 'average_vision_2020'
        when 'V1' then 'FreemanZiemba2013.V1-pls'
        when 'V2' then 'FreemanZiemba2013.V2-pls'
        when 'V4' then 'MajajHong2015.V4-pls'
        when 'IT' then 'MajajHong2015.IT-pls'
        when 'ITTemp' then 'Kar2019-ost'
        when 'Behavior' then 'Rajalingham2018-i2n'
        when 'Imagenet' then 'ImageNet-top1'
    end as benchmark_id,
    trim(published_benchmark) as published_benchmark,
    '' as benchmark_version,
    cast(null as double) as score_raw,
    {{ finite('published_score') }} as score,
    cast(null as double) as error,
    case
        when score is not null then 'scored'
        when published_score = 'nan' then 'failed'
        else 'never_run'
    end as state,
    case
        when score is not null then 'value'
        when published_score = 'nan' then 'nan'
        else 'empty cell'
    end as state_evidence,
    _load_id,
    _file,
    _row
from cells
