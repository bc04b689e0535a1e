with counts as (
    select * from {{ ref('int_shape_biases_counted') }}
),

final as (
    select
        source_id,
        observer_id,
        is_human,
        'cue-conflict' as dataset_id,
        category,
        n_trials,
        n_shape,
        n_texture,
        n_shape + n_texture as n,
        n_shape / nullif(n_shape + n_texture, 0) as shape_bias,
        {{ wilson('n_shape', '(n_shape + n_texture)', '-') }} as ci_low,
        {{ wilson('n_shape', '(n_shape + n_texture)', '+') }} as ci_high
    from counts
)

select * from final
