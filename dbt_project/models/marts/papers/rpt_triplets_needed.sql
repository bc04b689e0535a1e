with computed as (
    select * from {{ ref('int_triplets_needed_computed') }}
),

final as (
    select
        n_objects,
        n_dims,
        misalignment,
        capacity,
        bits_needed,
        triplets_needed
    from computed
)

select * from final
