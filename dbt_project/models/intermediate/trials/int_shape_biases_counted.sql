-- Decisions on cue-conflict images whose shape and texture name different categories (Geirhos et
-- al. 2019): of those that name either, the share that names the shape.
with datasets as (
    select * from {{ ref('trial_datasets') }}
    where 'cue-conflict' in (dataset_id, toolbox_dataset_id)
),

trials as (
    select * from {{ ref('int_trials_unioned') }}
    semi join datasets using (dataset_id)
    where repeats_source_id is null
),

-- bear7-clock2.png: the shape of a bear, the texture of a clock
cued as (
    select
        *,
        regexp_extract(image_key, '^([a-z]+)[0-9]+-([a-z]+)[0-9]+', 1) as shape,
        regexp_extract(image_key, '^([a-z]+)[0-9]+-([a-z]+)[0-9]+', 2) as texture
    from trials
),

final as (
    select
        source_id,
        dataset_id,
        observer_id,
        is_human,
        shape as category,
        grouping(shape) = 1 as is_all_categories,
        count(*) as n_trials,
        count(*) filter (where response = shape) as n_shape,
        count(*) filter (where response = texture) as n_texture
    from cued
    where shape != texture
    group by
        source_id, dataset_id, observer_id, is_human, grouping sets ((), (shape))
)

select * from final
