{#- The columns are regions; in 2020 each region was one benchmark. -#}
{%- set benchmark_id %}
    case trim(column_name)
        when 'avg.' then 'average_vision_2020'
        when 'V1' then 'FreemanZiemba2013.V1-pls'
        when 'V2' then 'FreemanZiemba2013.V2-pls'
        when 'V4' then 'MajajHong2015.V4-pls'
        when 'IT' then 'MajajHong2015.IT-pls'
        when 'ITTemp' then 'Kar2019-ost'
        when 'Behavior' then 'Rajalingham2018-i2n'
        when 'Imagenet' then 'ImageNet-top1'
    end
{%- endset %}
select
    {{ printed_score(
        'wichmann_2020', 'trim("# name")', benchmark_id, 'trim(column_name)', is_ceiled=true
    ) }}
from {{ cells_of(source('error_consistency_2020', 'brainscore_metrics'), '"# name"') }}
