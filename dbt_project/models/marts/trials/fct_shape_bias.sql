with counted as (
    select * from {{ ref('int_shape_biases_counted') }}
    union all by name
    select * from {{ ref('int_own_shapes_counted') }}
),

observers as (select * from {{ ref('dim_observers') }}),
screened as (select * from {{ ref('int_observer_datasets_screened') }}),

final as (
    select
        counted.* exclude (is_all_categories),
        observers.observer_name,
        counted.n_shape + counted.n_texture as n,
        counted.n_shape / nullif(n, 0) as shape_bias,
        {{ wilson('counted.n_shape', 'n', '-') }} as ci_low,
        {{ wilson('counted.n_shape', 'n', '+') }} as ci_high,
        observers.is_private,
        not observers.is_private and screened.left_out_because is null as is_comparable,
        if(observers.is_private, observers.reason, screened.left_out_because) as left_out_because
    from counted
    inner join observers
        on
            counted.source_id = observers.source_id
            and counted.observer_id = observers.observer_id
            and observers.dataset_scope in ('all', counted.dataset_id)
    left join screened
        on
            counted.source_id = screened.source_id
            and counted.observer_id = screened.observer_id
            and counted.dataset_id = screened.dataset_id
)

select * from final
