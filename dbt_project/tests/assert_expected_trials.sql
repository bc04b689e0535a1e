-- Every observer has the trials that an independent count of the published files found, and no
-- observer is new, wherever the source is present.
with expected as (
    select expected_trials.*
    from {{ ref('expected_trials') }} as expected_trials
    inner join {{ ref('dim_sources') }} as sources
        on expected_trials.source_id = sources.source_id
    where sources.is_present
)

select
    coalesce(expected.source_id, found.source_id) as source_id,
    coalesce(expected.dataset_id, found.dataset_id) as dataset_id,
    coalesce(expected.observer_id, found.observer_id) as observer_id,
    expected.n_trials as n_expected,
    found.n_trials
from expected
full join {{ ref('rpt_observer_coverage') }} as found
    on
        expected.source_id = found.source_id
        and expected.dataset_id = found.dataset_id
        and expected.observer_id = found.observer_id
where expected.n_trials is distinct from found.n_trials
