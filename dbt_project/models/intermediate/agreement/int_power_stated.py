"""The smallest correlation that could be significant at a cohort's size and number of pairs."""

from compute.stats.correlation import minimum_detectable


def model(dbt, session):
    dbt.config(materialized="table")
    matrices = (
        dbt.ref("int_correlations_tested")
        .aggregate("cohort_id, level, method, min(n_models) as n_models, count(estimate) as n_tests")
        .df()
    )
    n, m = matrices["n_models"].to_numpy(float), matrices["n_tests"].to_numpy(float)
    matrices["minimum_detectable"] = minimum_detectable(n, m)
    matrices["minimum_detectable_single"] = minimum_detectable(n, 1)
    return matrices
