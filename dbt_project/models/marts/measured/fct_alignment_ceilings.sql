select
    * rename (_load_id as load_id, _file as source_file, _row as source_row),
    case
        when method = 'root_split_half_corrected' then 'mean of people'
        when starts_with(method, 'leave_one_out') then 'single person'
        when method = 'split_half_corrected' then 'as many other people'
        else 'half of the people'
    end as compared_with
from {{ measured('ceilings', once='stimulus_set_id, target, metric, method') }}
