-- Over all datasets and over all conditions of one the toolbox's excluded conditions do not count.
with images as (select * from {{ ref('rpt_image_disagreements') }}),

parts as (
    select
        *,
        dataset_id as part_id,
        condition as part_condition
    from images
    union all by name
    select
        * replace (cast(null as bigint) as position, cast(null as double) as strength),
        dataset_id as part_id,
        'all' as part_condition
    from images
    where not is_excluded
    union all by name
    select
        * replace (cast(null as bigint) as position, cast(null as double) as strength),
        'all' as part_id,
        'all' as part_condition
    from images
    where not is_excluded
),

final as (
    select
        part_id as dataset_id,
        part_condition as condition,
        is_excluded,
        position,
        strength,
        count(*) as n_images,
        count(*) filter (where split = 'people_right') as n_people_right,
        count(*) filter (where split = 'models_right') as n_models_right,
        sum(expected_people_right order by image_key) as expected_people_right,
        sum(expected_models_right order by image_key) as expected_models_right,
        count(*) filter (where is_without_majority) as n_without_majority,
        min(n_subjects) as n_subjects_min,
        max(n_subjects) as n_subjects_max,
        min(n_models) as n_models_min,
        max(n_models) as n_models_max
    from parts
    group by all
)

select * from final
