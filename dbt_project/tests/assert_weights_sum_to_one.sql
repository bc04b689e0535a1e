-- The weights of the leaves of one ancestor sum to 1.
select
    cohort_id,
    ancestor_id,
    sum(weight) as sum_of_weights
from {{ ref('int_cohort_benchmarks_weighted') }}
group by all
having abs(sum(weight) - 1) > 1e-9
