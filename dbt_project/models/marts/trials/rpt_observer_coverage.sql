with coverages as (
    select * from {{ ref('int_observer_coverages_counted') }}
),

final as (
    select
        source_id,
        dataset_id,
        observer_id,
        is_human,
        n_files,
        n_sessions,
        n_trials,
        n_images,
        n_unanswered,
        n_correct / n_trials as accuracy,
        is_partial,
        repeats_source_id
    from coverages
)

select * from final
