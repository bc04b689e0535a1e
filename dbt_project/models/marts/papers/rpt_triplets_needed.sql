with computed as (
    select * from {{ ref('int_triplets_needed_computed') }}
),

final as (
    select
        cast(n_objects as bigint) as n_objects,
        cast(n_dims as bigint) as n_dims,
        cast(misalignment as double) as misalignment,
        cast(capacity as double) as capacity,
        cast(bits_needed as double) as bits_needed,
        cast(triplets_needed as double) as triplets_needed
    from computed
)

select * from final
