select
    * exclude (is_all_categories),
    n_shape + n_texture as n,
    n_shape / nullif(n_shape + n_texture, 0) as shape_bias,
    {{ wilson('n_shape', '(n_shape + n_texture)', '-') }} as ci_low,
    {{ wilson('n_shape', '(n_shape + n_texture)', '+') }} as ci_high
from {{ ref('int_shape_biases_counted') }}
