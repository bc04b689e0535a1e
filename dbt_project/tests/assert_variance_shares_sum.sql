-- Covariance and Shapley shares of the parts of one whole sum to 1; so do the weights.
select
    cohort_id,
    level,
    whole,
    sum(weight) as sum_of_weights,
    sum(covariance_share) as sum_of_covariance_shares,
    sum(shapley_share) as sum_of_shapley_shares
from {{ ref('fct_variance_shares') }}
group by all
having
    abs(sum(weight) - 1) > 1e-9
    or abs(sum(covariance_share) - 1) > 1e-9
    or abs(sum(shapley_share) - 1) > 1e-6
