select
    cohort_id,
    axis,
    value as threshold,
    n_models,
    min_pair_models,
    mean_estimate
from {{ ref('int_agreement_varied') }}
