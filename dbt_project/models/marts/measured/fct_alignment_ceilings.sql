with ceilings as (
    select * from {{ ref('stg_compute__ceilings') }}
),

final as (
    select
        cast(stimulus_set_id as varchar) as stimulus_set_id,
        cast(target as varchar) as target,
        cast(metric as varchar) as metric,
        cast(method as varchar) as method,
        cast(
            case
                when method = 'root_split_half_corrected' then 'mean of people'
                when starts_with(method, 'leave_one_out') then 'single person'
                when method = 'split_half_corrected' then 'as many other people'
                else 'half of the people'
            end
            as varchar
        ) as compared_with,
        cast(estimate as double) as estimate,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(n_splits as bigint) as n_splits,
        cast(n_people as bigint) as n_people,
        cast(n_stimuli as bigint) as n_stimuli,
        cast(unit as varchar) as unit,
        cast(_load_id as varchar) as load_id,
        cast(_file as varchar) as source_file,
        cast(_row as bigint) as source_row
    from ceilings
)

select * from final
