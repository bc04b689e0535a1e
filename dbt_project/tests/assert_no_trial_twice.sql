-- A session that stands in two files, or an image shown twice in one condition: each trial with its
-- file and row.
with trials as (select * from {{ ref('int_trials_unioned') }}),

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
semi join sessions using (source_id, dataset_id, observer_id, session, trial)
union all
select
    'image' as repeated,
    trials.*
from trials
semi join images using (source_id, dataset_id, observer_id, condition, image_key)
