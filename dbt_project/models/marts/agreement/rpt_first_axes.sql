select * from {{ ref('int_first_axes_found') }}
