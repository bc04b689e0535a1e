"""Agreement kernels against scipy, pandas and pingouin, and against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from compute.stats import agreement, correlation
from compute.stats.frames import agreement as matrices
from compute.stats.resampling import resample_counts

SCORES = arrays(float, st.tuples(st.integers(4, 12), st.integers(2, 4)), elements=st.integers(0, 5))
"""Small whole numbers: many ties, now and then a constant column."""


def table(n: int, k: int, missing: float = 0.0, seed: int = 0) -> np.ndarray:
    """Correlated scores with ties and, if asked for, holes."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=(n, k)) + rng.normal(size=(n, 1)), 1)
    scores[rng.random((n, k)) < missing] = np.nan
    return scores


def upper(matrix: np.ndarray) -> np.ndarray:
    return matrix[np.triu_indices(len(matrix), 1)]


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_pairwise_spearman_is_scipys_on_the_shared_models(missing):
    """Estimate and n of every pair, ties and holes included."""
    scores = table(40, 6, missing)
    estimate, n = correlation.pairwise_spearman(scores)
    for a in range(6):
        for b in range(a + 1, 6):
            keep = ~np.isnan(scores[:, a]) & ~np.isnan(scores[:, b])
            expected = stats.spearmanr(scores[keep, a], scores[keep, b]).statistic
            assert estimate[a, b] == estimate[b, a] == pytest.approx(expected, abs=1e-12)
            assert n[a, b] == keep.sum()


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_pairwise_spearman_is_pandas_and_blind_to_monotone_change(scores):
    """Any ties: as pandas; the cube of the scores has the same ranks."""
    estimate, _ = correlation.pairwise_spearman(scores)
    expected = pd.DataFrame(scores).corr("spearman").to_numpy()
    np.testing.assert_allclose(upper(estimate), upper(expected), atol=1e-12)
    again, _ = correlation.pairwise_spearman(scores**3)
    np.testing.assert_allclose(upper(again), upper(estimate), atol=1e-12)


def test_a_constant_benchmark_has_no_correlation():
    """NaN, not 0, and only for its pairs."""
    scores = table(10, 3)
    scores[:, 1] = 2.0
    estimate, _ = correlation.pairwise_spearman(scores)
    assert np.isnan(estimate[0, 1]) and np.isnan(estimate[1, 2]) and not np.isnan(estimate[0, 2])
    assert correlation.mean_off_diagonal(estimate) == estimate[0, 2]


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_kendall_is_scipys(missing):
    """τ-b and the asymptotic p-value of every pair."""
    scores = table(30, 5, missing, seed=3)
    estimate, n, p_value = correlation.kendall_tau_b(scores)
    for a in range(5):
        for b in range(a + 1, 5):
            keep = ~np.isnan(scores[:, a]) & ~np.isnan(scores[:, b])
            expected = stats.kendalltau(scores[keep, a], scores[keep, b], method="asymptotic")
            assert estimate[a, b] == pytest.approx(expected.statistic, abs=1e-12)
            assert p_value[a, b] == pytest.approx(expected.pvalue, abs=1e-12)
            assert n[a, b] == keep.sum()


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_partial_spearman_is_pingouins(missing):
    """One covariate held fixed, with holes in scores and covariate."""
    scores = table(40, 3, missing, seed=5)
    covariate = scores[:, 0] * 0.5 + np.random.default_rng(1).normal(size=40)
    covariate[:3] = np.nan
    estimate, n = correlation.partial_spearman(scores, covariate)
    frame = pd.DataFrame(scores, columns=list("abc")).assign(z=covariate)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        x, y = "abc"[i], "abc"[j]
        rows = frame[[x, y, "z"]].dropna()
        expected = pg.partial_corr(rows, x=x, y=y, covar="z", method="spearman")
        assert estimate[i, j] == pytest.approx(float(expected["r"].iloc[0]), abs=1e-10)
        assert n[i, j] == len(rows)


def drawn(scores: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """The resample itself: each model as often as it was drawn."""
    return pd.DataFrame(np.repeat(scores, weights, axis=0)).corr("spearman")


@pytest.mark.parametrize("blocks", [None, list("aabbccddeeffgghhiijj")])
def test_bootstrap_means_equal_a_plain_loop_on_the_same_resamples(blocks):
    """A weight vector stands for a resample: the same numbers to 1e-12."""
    scores = table(20, 5, seed=7)
    weights = resample_counts(20, 50, seed=1, blocks=blocks)
    means = agreement.bootstrap_mean_spearman(scores, weights)
    for weight, mean in zip(weights, means, strict=True):
        assert mean == pytest.approx(np.nanmean(upper(drawn(scores, weight).to_numpy())), abs=1e-12)


def test_bootstrap_means_over_shared_models_equal_a_plain_loop():
    """With holes, each pair over the drawn models that both scored; without, as the fast kernel."""
    scores = table(24, 5, 0.2, seed=11)
    scores[:, 4] = np.where(np.isnan(scores[:, 3]), np.nan, scores[:, 1] ** 2)  # the same holes
    weights = resample_counts(24, 40, seed=1, blocks=np.repeat(list("abcdef"), 4))
    means = agreement.bootstrap_mean_shared_spearman(scores, weights)
    for weight, mean in zip(weights, means, strict=True):
        assert mean == pytest.approx(np.nanmean(upper(drawn(scores, weight).to_numpy())), abs=1e-12)
    complete, weights = table(20, 4, seed=12), resample_counts(20, 30, seed=3)
    np.testing.assert_allclose(
        agreement.bootstrap_mean_shared_spearman(complete, weights),
        agreement.bootstrap_mean_spearman(complete, weights),
        atol=1e-12,
    )


def test_bootstrap_partial_means_equal_a_plain_loop():
    """Each resample ranked anew: its plain mean and its mean with the covariate held fixed."""
    scores = table(20, 4, seed=13)
    covariate = np.round(scores[:, 0] + np.random.default_rng(2).normal(size=20), 1)
    weights = resample_counts(20, 30, seed=4)
    plain, partial = agreement.bootstrap_mean_partial_spearman(scores, covariate, weights)
    for weight, mean, held in zip(weights, plain, partial, strict=True):
        again = [np.repeat(values, weight, axis=0) for values in (scores, covariate)]
        assert mean == pytest.approx(
            correlation.mean_off_diagonal(correlation.pairwise_spearman(again[0])[0]), abs=1e-12
        )
        assert held == pytest.approx(
            correlation.mean_off_diagonal(correlation.partial_spearman(*again)[0]), abs=1e-12
        )


def test_a_change_between_cohorts_is_resampled_in_pairs():
    """The same cohort twice differs by nothing; more benchmarks for the same models differ."""
    long = pd.DataFrame(table(20, 4, seed=14), columns=list("abcd")).rename_axis("model")
    long = long.reset_index().melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.assign(level="leaf", family=long["model"] % 7)
    fewer = long[long["benchmark_id"] != "d"].assign(cohort_id="fewer")
    other = long.assign(cohort_id="other", model=long["model"] + 100)
    scores = pd.concat([fewer, fewer.assign(cohort_id="twin"), long.assign(cohort_id="all"), other])
    changes = pd.DataFrame(
        [(2, "fewer", "twin"), (3, "twin", "all"), (4, "all", "other"), (5, "all", "absent")],
        columns=["step", "previous_cohort_id", "cohort_id"],
    )
    found = matrices.change_frame(scores, changes).set_index("step")
    assert found.index.tolist() == [2, 3, 4]
    assert found["n_shared_models"].tolist() == [20, 20, 0]
    assert (found.loc[2, ["boot_low", "boot_high"]] == 0).all()
    # the same table twice, drawn apart: an interval around 0, as wide as two independent ones
    apart = found.loc[4, "boot_high"] - found.loc[4, "boot_low"]
    assert found.loc[4, "boot_low"] < 0 < found.loc[4, "boot_high"]
    assert apart > 2 * (found.loc[3, "boot_high"] - found.loc[3, "boot_low"])


def test_bootstrap_intervals_of_pairs_equal_a_plain_loop():
    """Percentiles of each pair over the same resamples, one of them with a constant benchmark."""
    scores = table(20, 4, seed=9)
    scores[1:, 3] = 1.0  # constant wherever the first model is not drawn
    weights = resample_counts(20, 200, seed=2)
    expected = [upper(drawn(scores, w).to_numpy()) for w in weights]
    expected = np.nanquantile(expected, [0.025, 0.975], axis=0)
    low, high = agreement.bootstrap_pairs(scores, weights)
    np.testing.assert_allclose([upper(low), upper(high)], expected, atol=1e-12)


def test_large_resamples_are_as_exact_as_small_ones():
    """Sums that single precision could not hold are taken in double precision."""
    scores = table(600, 2, seed=9)
    weights = resample_counts(600, 30, seed=2)
    loop = [drawn(scores, w).iloc[0, 1] for w in weights]
    low, high = agreement.bootstrap_pairs(scores, weights)
    expected = np.quantile(loop, [0.025, 0.975])
    np.testing.assert_allclose([low[0, 1], high[0, 1]], expected, atol=1e-12)


def test_families_are_drawn_whole():
    """Models of one family are drawn equally often, and as many families as there are."""
    blocks = np.repeat(["x", "y", "z"], [2, 3, 1])
    weights = resample_counts(6, 100, seed=0, blocks=blocks)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2:5] == weights[:, [2]]).all()
    assert (weights[:, [0, 2, 5]].sum(1) == 3).all()
    assert (resample_counts(6, 100, seed=0).sum(1) == 6).all()


def test_resampling_refuses_missing_cells():
    """A hole has no place in these resamples."""
    with pytest.raises(ValueError, match="missing"):
        agreement.bootstrap_mean_spearman(table(10, 3, 0.3), np.ones((1, 10), int))
    with pytest.raises(ValueError, match="shape"):
        agreement.bootstrap_mean_spearman(table(10, 3), np.ones((1, 9), int))
    with pytest.raises(ValueError, match="shape"):
        agreement.bootstrap_mean_partial_spearman(
            table(10, 3), table(10, 1)[:, 0], np.ones((1, 9), int)
        )


def test_intervals_and_power_by_hand():
    """Fieller's variance .437/(n − 4); the critical r of a single test is that of its t."""
    low, high = correlation.fieller_interval(0.5, 50)
    margin = 1.959963984540054 * math.sqrt(0.437 / 46)
    assert (low, high) == pytest.approx(
        (math.tanh(math.atanh(0.5) - margin), math.tanh(math.atanh(0.5) + margin)), abs=1e-12
    )
    r = float(correlation.minimum_detectable(30, 1))
    t = r * math.sqrt(28 / (1 - r * r))
    assert 2 * stats.t.sf(t, 28) == pytest.approx(0.05, abs=1e-12)
    assert correlation.minimum_detectable(30, 100) > r
    assert np.isnan(correlation.minimum_detectable(2, 1))


def test_components_are_those_of_the_spearman_matrix():
    """Eigenvalues sum to the number of benchmarks; loadings rebuild the matrix; seeds decide."""
    scores = table(60, 6, seed=11)
    values, loadings, threshold = agreement.principal_components(scores, n_draws=50, seed=1)
    matrix = pd.DataFrame(scores).corr("spearman").to_numpy()
    assert values.sum() == pytest.approx(6)
    np.testing.assert_allclose(loadings @ loadings.T, matrix, atol=1e-10)
    assert (np.diff(values) <= 1e-12).all() and (np.diff(threshold) <= 0).all()
    assert values[0] > threshold[0]  # one common factor was put in
    again = agreement.principal_components(scores, n_draws=50, seed=1)
    np.testing.assert_array_equal(again[2], threshold)


def test_independent_benchmarks_have_no_dimension_above_chance():
    """Parallel analysis finds nothing where there is nothing."""
    scores = np.random.default_rng(4).normal(size=(100, 8))
    values, _, threshold = agreement.principal_components(scores, n_draws=200, seed=2)
    assert (values > threshold).sum() <= 1


def test_clusters_stand_together():
    """Two blocks of benchmarks, interleaved: each comes out in one piece."""
    estimate = np.eye(6)
    for block in ((0, 2, 4), (1, 3, 5)):
        for a in block:
            for b in block:
                estimate[a, b] = 1.0 if a == b else 0.9
    order = list(agreement.cluster_order(estimate))
    assert {frozenset(order[:3]), frozenset(order[3:])} == {
        frozenset((0, 2, 4)),
        frozenset((1, 3, 5)),
    }


def test_random_cohorts_of_all_models_are_the_pool():
    """A cohort as large as the pool is the pool; a larger one is refused."""
    scores = table(15, 4, 0.1)
    means = agreement.random_cohort_means(scores, 15, 3, seed=0)
    pool = correlation.mean_off_diagonal(correlation.pairwise_spearman(scores)[0])
    np.testing.assert_allclose(means, pool, atol=1e-12)
    with pytest.raises(ValueError, match="size"):
        agreement.random_cohort_means(scores, 16, 3, seed=0)
    _, shared = correlation.pairwise_spearman(scores)
    medians = agreement.random_cohort_pair_models(scores, 15, 3, seed=0)
    np.testing.assert_array_equal(medians, np.median(upper(shared)))
