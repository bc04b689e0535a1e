-- What was loaded is in fct_trials or counted as dropped.
with loaded as (
    select
        source_id,
        sum(n_rows) as n_trials
    from {{ ref('dim_files') }}
    where ends_with(table_name, 'trials')
    group by source_id
),

kept as (
    select
        source_id,
        count(*) as n_trials
    from {{ ref('fct_trials') }}
    group by source_id
),

dropped as (
    select
        source_id,
        sum(n_trials) as n_trials
    from {{ ref('rpt_trial_exclusions') }}
    where is_dropped
    group by source_id
)

select
    loaded.source_id,
    loaded.n_trials as n_loaded,
    kept.n_trials as n_kept,
    dropped.n_trials as n_dropped
from loaded
left join kept on loaded.source_id = kept.source_id
left join dropped on loaded.source_id = dropped.source_id
where loaded.n_trials != coalesce(kept.n_trials, 0) + coalesce(dropped.n_trials, 0)
