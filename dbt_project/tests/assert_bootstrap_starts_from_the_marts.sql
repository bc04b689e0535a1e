-- The kernel of the bootstrap, on the cohort itself, gives the values that SQL gives.
select
    conclusions.cohort_id,
    conclusions.policy,
    conclusions.measure,
    conclusions.value,
    resampled.value as resampled_value
from {{ ref('rpt_conclusions') }} as conclusions
left join {{ ref('int_policy_measures_bootstrapped') }} as resampled
    using (cohort_id, policy, measure)
where
    conclusions.method = 'bootstrap over models'
    and not coalesce(abs(conclusions.value - resampled.value) <= 1e-9, false)
