-- A session that stands in two files, or an image shown twice in one condition: each with the files
-- and rows it stands in.
with trials as (
    select * from {{ ref('int_trials_unioned') }}
),

sessions as (
    select
        'session and trial' as repeated,
        source_id,
        dataset_id,
        observer_id,
        session || ', ' || trial as value,
        string_agg(_file || ' row ' || _row, '; ' order by _file, _row) as places
    from trials
    group by source_id, dataset_id, observer_id, session, trial
    having count(*) > 1
),

images as (
    select
        'image' as repeated,
        source_id,
        dataset_id,
        observer_id,
        condition || ', ' || image_key as value,
        string_agg(_file || ' row ' || _row, '; ' order by _file, _row) as places
    from trials
    group by source_id, dataset_id, observer_id, condition, image_key
    having count(*) > 1
)

select * from sessions
union all
select * from images
