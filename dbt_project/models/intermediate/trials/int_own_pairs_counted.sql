-- Every pair of an observer of this machine with any other of its dataset.
with observers as (
    select * from {{ ref('int_own_decisions_packed') }}
    union all by name
    select published.*
    from {{ ref('int_observer_decisions_packed') }} as published
    semi join {{ ref('int_own_decisions_packed') }} using (dataset_id, condition)
),

final as (
    select * from (
        {{ counted_pairs('observers', "'own' in (a.source_id, b.source_id)") | indent(8) }}
    ) as pairs
)

select * from final
