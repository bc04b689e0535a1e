with ceilings as (
    select
        *,
        -- four people make three different halves, and 200 draws are of these
        n_people >= case when starts_with(method, 'leave_one_out') then 10 else 6 end
            as has_ten_splits
    from {{ measured('ceilings', once='stimulus_set_id, target, metric, method') }}
),

final as (
    select
        * exclude (ci_low, ci_high, has_ten_splits)
        rename (_load_id as load_id, _file as source_file, _row as source_row),
        case when has_ten_splits then ci_low end as split_low,
        case when has_ten_splits then ci_high end as split_high,
        case
            when method = 'root_split_half_corrected' then 'mean of people'
            when starts_with(method, 'leave_one_out') then 'single person'
            when method = 'split_half_corrected' then 'as many other people'
            else 'half of the people'
        end as compared_with
    from ceilings
)

select * from final
