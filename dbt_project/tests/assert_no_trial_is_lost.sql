-- What was loaded is in fct_trials or counted as dropped.
with counted as (
    select
        source_id,
        sum(n_rows) as n_trials
    from {{ ref('dim_files') }}
    where ends_with(table_name, 'trials')
    group by source_id
    union all
    select
        source_id,
        -count(*) as n_trials
    from {{ ref('fct_trials') }}
    group by source_id
    union all
    select
        source_id,
        -n_trials
    from {{ ref('rpt_trial_exclusions') }}
    where is_dropped
)

select
    source_id,
    sum(n_trials) as n_lost
from counted
group by source_id
having n_lost != 0
