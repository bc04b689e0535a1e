"""Agreement in resamples against plain loops over the drawn models, and dimensions."""

import numpy as np
import pandas as pd
import pytest

from compute.stats import agreement, correlation
from compute.stats.resampling import percentile_interval, random_subsets, resample_counts
from tests.fixtures.scores import table


def upper(matrix: np.ndarray) -> np.ndarray:
    return matrix[np.triu_indices(len(matrix), 1)]


def drawn(scores: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    """The resample itself: each model as often as it was drawn."""
    return pd.DataFrame(np.repeat(scores, weights, axis=0)).corr("spearman")


CHANGES = {
    "the same holes": lambda s: np.where(np.isnan(s[:, 3]), np.nan, s[:, 1] ** 2),
    "constant but for one model": lambda s: np.arange(len(s)) == 0,
}


@pytest.mark.parametrize(
    ("scores", "blocks"),
    [
        (table(24, 5, seed=11), None),
        (table(24, 5, 0.2, seed=11), None),
        (table(24, 5, 0.2, seed=11), np.repeat(list("abcdef"), 4)),
        (table(600, 5, seed=9), None),  # sums that single precision could not hold
    ],
    ids=["complete", "holes", "of families", "many models"],
)
@pytest.mark.parametrize("change", CHANGES)
def test_resampled_estimates_are_those_of_the_drawn_models(scores, blocks, change):
    """A weight vector stands for a resample: the mean over its pairs is that of a loop."""
    scores = scores.copy()
    scores[:, 4] = CHANGES[change](scores)
    weights = resample_counts(len(scores), 40, seed=1, blocks=blocks)
    expected = np.array([upper(drawn(scores, w).to_numpy()) for w in weights])
    means = agreement.resampled_mean(scores, weights)
    np.testing.assert_allclose(means, np.nanmean(expected, axis=1), atol=1e-12)
    limits = np.nanquantile(expected, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(percentile_interval(expected.T), limits, atol=1e-12)


def test_too_few_shared_models_make_no_estimate():
    """Copies of a drawn model count; pairs below the minimum leave the mean as well."""
    scores = table(8, 3, seed=2)
    scores[3:, 2] = np.nan
    weights = np.array(
        [[1, 1, 1, 1, 1, 1, 1, 1], [2, 0, 1, 1, 1, 1, 1, 1], [1, 1, 0, 2, 1, 1, 1, 1]]
    )
    pairs = np.array([upper(drawn(scores, w).to_numpy()) for w in weights])
    pairs[2, 1:] = np.nan  # of three models of the third benchmark one was not drawn
    np.testing.assert_allclose(
        agreement.resampled_mean(scores, weights, min_models=3), np.nanmean(pairs, axis=1)
    )


def test_families_are_drawn_whole():
    """Models of one family are drawn equally often, and as many families as there are."""
    weights = resample_counts(6, 100, seed=0, blocks=np.repeat(["x", "y", "z"], [2, 3, 1]))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2:5] == weights[:, [2]]).all()
    assert (weights[:, [0, 2, 5]].sum(1) == 3).all()
    assert (resample_counts(6, 100, seed=0).sum(1) == 6).all()


def test_the_mean_checks_shapes_and_refuses_infinities():
    """One weight per model; scores are finite or NaN."""
    with pytest.raises(ValueError, match="shape"):
        agreement.resampled_mean(table(10, 3), np.ones((1, 9), int))
    with pytest.raises(ValueError, match="infinity"):
        agreement.resampled_mean(np.where(table(10, 3) > 0, np.inf, 0.0), np.ones((1, 10), int))


def test_the_mean_is_blind_to_the_order_of_models():
    """Rows of scores and weights may be permuted together."""
    scores, weights = table(15, 4, seed=3), resample_counts(15, 20, seed=3)
    order = np.random.default_rng(1).permutation(15)
    found = agreement.resampled_mean(scores, weights)
    permuted = agreement.resampled_mean(scores[order], weights[:, order])
    np.testing.assert_allclose(permuted, found, atol=1e-12)


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
    estimate = np.kron(np.full((3, 3), 0.9), np.eye(2))
    np.fill_diagonal(estimate, 1)
    order = list(agreement.cluster_order(estimate))
    assert sorted([sorted(order[:3]), sorted(order[3:])]) == [[0, 2, 4], [1, 3, 5]]


def test_random_cohorts_are_sets_of_their_size():
    """A set as large as the pool is the pool; a larger one is refused."""
    scores = table(15, 4, 0.1)
    chosen = random_subsets(15, 15, 3, seed=0)
    pool = correlation.mean_off_diagonal(correlation.pairwise_spearman(scores)[0])
    np.testing.assert_allclose(agreement.resampled_mean(scores, chosen), pool, atol=1e-12)
    assert (random_subsets(15, 6, 40, seed=0).sum(1) == 6).all()
    with pytest.raises(ValueError, match="size"):
        random_subsets(15, 16, 3, seed=0)
