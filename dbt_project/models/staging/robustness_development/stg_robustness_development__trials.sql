-- People have numbers: they get the names of people in the other sources.
with typed as (
    {{ staged_trials(
        source('robustness_development', 'trials'),
        observer_id="if(split_part(_file, '/', 4) = 'humans', 'subject-' || subj, subj)",
        session='1',
        condition='difficulty'
    ) }}
),

final as (
    select
        *,
        case
            when starts_with(observer_id, 'subject-')
                then replace(regexp_extract(_file, '([^/]+)[.]csv$', 1), '_', '-')
        end as age_group
    from typed
)

select * from final
