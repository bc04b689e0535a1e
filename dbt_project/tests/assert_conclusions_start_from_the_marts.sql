-- What the jackknife starts from, the measure of the whole cohort, is the value that SQL gives.
with policies as (
    select
        *,
        r2_behaviour - r2_neural as r2_difference,
        mean_within_behaviour - mean_within_neural as within_difference,
        mean_within_dataset - mean_between_datasets as dataset_difference,
        least(mean_v1, mean_v4, mean_it) - mean_v2 as v2_gap,
        odd_one_out_with_v1 - odd_one_out_with_behaviour as odd_one_out_gap
    from {{ ref('fct_missing_policies') }}
),

measured as (
    unpivot policies
    on mean_spearman,
    neural_with_behaviour,
    r2_difference,
    within_difference,
    dataset_difference,
    v2_gap,
    odd_one_out_gap
    into name measure value value
)

select
    cohort_id,
    policy,
    measure,
    measured.value,
    conclusions.value as jackknifed_value
from measured
left join {{ ref('rpt_conclusions') }} as conclusions using (cohort_id, policy, measure)
where not coalesce(abs(conclusions.value - measured.value) <= 1e-9, false)
