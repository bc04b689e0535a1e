-- Neighbouring numbers are images of one category, so even and odd numbers are balanced halves.
with trials as (
    select * from {{ ref('int_trials_unioned') }}
    where repeats_source_id is null
),

final as (
    select
        dataset_id,
        condition,
        image_key,
        min(category) as category,
        row_number() over (
            partition by dataset_id, condition order by min(category), image_key
        ) - 1 as stimulus_number,
        count(*) over (partition by dataset_id, condition) as n_stimuli
    from trials
    group by dataset_id, condition, image_key
)

select * from final
