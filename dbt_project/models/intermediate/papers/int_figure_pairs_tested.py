"""Two-sided p-values and Fisher intervals of the correlations of Figures 1 and 5."""

from compute.stats.correlation import correlation_interval, correlation_p_value


def model(dbt, session):
    dbt.config(materialized="table")
    pairs = dbt.ref("int_figure_pairs_estimated").df()
    estimate, n = pairs["estimate"].to_numpy(float), pairs["n_models"].to_numpy(int)
    pairs["p_value"] = correlation_p_value(estimate, n)
    pairs["ci_low"], pairs["ci_high"] = correlation_interval(estimate, n, True)
    return pairs
