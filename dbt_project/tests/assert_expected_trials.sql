-- Every folder of trials has the people, models and trials that an independent count of the
-- published files found, wherever the source is present.
with sources as (
    select source_id from {{ ref('dim_sources') }}
    where is_present
),

expected as (
    select * from {{ ref('expected_trials') }}
    semi join sources using (source_id)
),

found as (
    select
        source_id,
        dataset_id,
        count(*) filter (where is_human) as n_people,
        count(*) filter (where not is_human) as n_models,
        sum(n_trials) as n_trials
    from {{ ref('int_observer_coverages_counted') }}
    group by all
)

select
    source_id,
    dataset_id,
    expected.n_trials as n_expected,
    found.n_trials
from expected
full join found using (source_id, dataset_id)
where
    (expected.n_people, expected.n_models, expected.n_trials)
    is distinct from (found.n_people, found.n_models, found.n_trials)
