select
    cohort_id,
    substr(part, 7) as predicted,
    item as held_out,
    method,
    rmse,
    coverage,
    width as mean_width,
    n as n_hidden
from {{ ref('int_completions_estimated') }}
where part in ('check_cell', 'check_average')
