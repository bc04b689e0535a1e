select
    cohort_id,
    axis,
    value as threshold,
    n_models,
    min_pair_models,
    case when isfinite(mean_estimate) then mean_estimate end as mean_estimate
from {{ ref('int_agreement_varied') }}
