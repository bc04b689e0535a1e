-- The trials of this machine in the columns of the published ones. They join those in the marts and
-- not before, so that no published number can take part of them.
with trials as (select * from {{ ref('stg_own__trials') }}),
conditions as (select * from {{ ref('trial_conditions') }}),

final as (
    select
        'own' as source_id,
        trials.* exclude (image_name),
        conditions.condition,
        conditions.is_excluded,
        conditions.is_undistorted,
        starts_with(trials.observer_id, 'subject-') as is_human,
        trials.response = trials.category as is_correct,
        {{ image_key('trials.image_name') }} as image_key,
        cast(null as varchar) as repeats_source_id
    from trials
    left join conditions using (dataset_id, published_condition)
)

select * from final
