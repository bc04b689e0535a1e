with coverages as (
    select * from {{ ref('int_observer_coverages_counted') }}
),

final as (
    select
        cast(source_id as varchar) as source_id,
        cast(dataset_id as varchar) as dataset_id,
        cast(observer_id as varchar) as observer_id,
        cast(is_human as boolean) as is_human,
        cast(n_files as bigint) as n_files,
        cast(n_sessions as bigint) as n_sessions,
        cast(n_trials as bigint) as n_trials,
        cast(n_images as bigint) as n_images,
        cast(n_unanswered as bigint) as n_unanswered,
        cast(n_correct / n_trials as double) as accuracy,
        cast(is_partial as boolean) as is_partial,
        cast(repeats_source_id as varchar) as repeats_source_id
    from coverages
)

select * from final
