with counts as (
    select * from {{ ref('int_shape_biases_counted') }}
),

final as (
    select
        cast(source_id as varchar) as source_id,
        cast(observer_id as varchar) as observer_id,
        cast(is_human as boolean) as is_human,
        cast('cue-conflict' as varchar) as dataset_id,
        cast(category as varchar) as category,
        cast(n_trials as bigint) as n_trials,
        cast(n_shape as bigint) as n_shape,
        cast(n_texture as bigint) as n_texture,
        cast(n_shape + n_texture as bigint) as n,
        cast(n_shape / nullif(n_shape + n_texture, 0) as double) as shape_bias,
        cast({{ wilson('n_shape', '(n_shape + n_texture)', '-') }} as double) as ci_low,
        cast({{ wilson('n_shape', '(n_shape + n_texture)', '+') }} as double) as ci_high
    from counts
)

select * from final
