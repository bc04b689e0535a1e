-- A session that stands in two files, or an image shown twice in one condition: each trial with its
-- file and row.
with trials as (
    select * from {{ ref('int_trials_unioned') }}
),

sessions as (
    select
        source_id,
        dataset_id,
        observer_id,
        session,
        trial
    from trials
    group by all
    having count(*) > 1
),

images as (
    select
        source_id,
        dataset_id,
        observer_id,
        condition,
        image_key
    from trials
    group by all
    having count(*) > 1
)

select
    'session and trial' as repeated,
    trials.*
from trials
semi join sessions
    on
        trials.source_id = sessions.source_id
        and trials.dataset_id = sessions.dataset_id
        and trials.observer_id = sessions.observer_id
        and trials.session = sessions.session
        and trials.trial = sessions.trial
union all
select
    'image' as repeated,
    trials.*
from trials
semi join images
    on
        trials.source_id = images.source_id
        and trials.dataset_id = images.dataset_id
        and trials.observer_id = images.observer_id
        and trials.condition = images.condition
        and trials.image_key = images.image_key
