-- Each cohort has its reviewed size and mean Spearman, wherever its source is present.
select
    expected.*,
    cohorts.n_models as found_models,
    agreement.mean_estimate as found_mean
from {{ ref('expected_cohorts') }} as expected
inner join {{ ref('dim_cohorts') }} as cohorts using (cohort_id)
inner join {{ ref('dim_snapshots') }} using (snapshot_id)
inner join {{ ref('dim_sources') }} as sources using (source_id)
left join {{ ref('rpt_cohort_agreement') }} as agreement
    on expected.cohort_id = agreement.cohort_id and agreement.method = 'spearman'
where
    sources.is_present
    and (
        cohorts.n_models != expected.n_models
        or cohorts.n_benchmarks != expected.n_benchmarks
        or (
            expected.mean_spearman is not null
            and not coalesce(
                abs(agreement.mean_estimate - expected.mean_spearman) <= expected.tolerance, false
            )
        )
    )
