"""Correlations, their p-values and intervals, against scipy, pandas, pingouin and formulas."""

import math
import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from compute.stats.correlation import (
    METHODS,
    correlation_interval,
    correlation_p_value,
    mean_off_diagonal,
    minimum_detectable,
    pairwise_pearson,
    pairwise_spearman,
    partial_spearman,
    weighted_pearson,
)
from compute.stats.kendall import kendall_tau_b
from tests.fixtures.scores import table

CELLS = st.one_of(st.integers(0, 5).map(float), st.just(np.nan))
SCORES = arrays(float, st.tuples(st.integers(4, 12), st.integers(2, 4)), elements=CELLS)
"""Small whole numbers and holes: many ties, now and then a constant column."""


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_pairs_are_those_of_pandas_whatever_ties(scores):
    """Spearman, Pearson and Kendall with holes; a monotone change leaves the ranks as they are."""
    frame, above = pd.DataFrame(scores), np.triu_indices(scores.shape[1], 1)
    spearman, n = pairwise_spearman(scores)
    present = (~np.isnan(scores)).astype(int)
    np.testing.assert_array_equal(n, present.T @ present)
    found = {"spearman": spearman, "pearson": pairwise_pearson(scores)}
    found["kendall"] = kendall_tau_b(scores)[0]
    for method, estimate in found.items():
        expected = frame.corr(method, min_periods=2).to_numpy()
        np.testing.assert_allclose(estimate[above], expected[above], atol=1e-12)
    again, _ = pairwise_spearman(scores**3)
    np.testing.assert_allclose(again, found["spearman"], atol=1e-12)


def test_a_constant_benchmark_has_no_correlation():
    """NaN, not 0, and only for its pairs."""
    scores = table(10, 3)
    scores[:, 1] = 2.0
    estimate, _ = pairwise_spearman(scores)
    assert np.isnan(estimate[0, 1]) and np.isnan(estimate[1, 2]) and not np.isnan(estimate[0, 2])
    assert mean_off_diagonal(estimate) == estimate[0, 2]


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_p_values_of_kendall_are_scipys(missing):
    """The asymptotic p-value of every pair; the estimates are compared with pandas above."""
    scores, above = table(30, 5, missing, seed=3), np.triu_indices(5, 1)
    _, n, p_value = kendall_tau_b(scores)
    np.testing.assert_array_equal(n, pairwise_spearman(scores)[1])
    expected = pd.DataFrame(scores).corr(
        lambda *xy: stats.kendalltau(*xy, method="asymptotic").pvalue
    )
    np.testing.assert_allclose(p_value[above], expected.to_numpy()[above], atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_partial_spearman_is_pingouins(missing):
    """One covariate held fixed, with holes in scores and covariate."""
    scores = table(40, 3, missing, seed=5)
    covariate = scores[:, 0] * 0.5 + np.random.default_rng(1).normal(size=40)
    covariate[:3] = np.nan
    estimate, n = partial_spearman(scores, covariate)
    frame = pd.DataFrame(scores, columns=list("abc")).assign(z=covariate)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        x, y = "abc"[i], "abc"[j]
        rows = frame[[x, y, "z"]].dropna()
        expected = pingouin.partial_corr(rows, x=x, y=y, covar="z", method="spearman")
        assert estimate[i, j] == pytest.approx(float(expected["r"].iloc[0]), abs=1e-10)
        assert n[i, j] == len(rows)


def test_weighted_correlations_are_those_of_copies():
    """A weight stands for that many copies; ties and undrawn entries included."""
    x, y = table(30, 2, seed=4).T
    weights = np.random.default_rng(1).integers(0, 4, 30)
    copies = [np.repeat(v, weights) for v in (x, y)]
    assert weighted_pearson(x, y, weights) == pytest.approx(stats.pearsonr(*copies).statistic)


# p-values and intervals


def pair(n: int, shape: str) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of scores that are related, tied, nearly the same or unrelated."""
    generator = np.random.default_rng([2026, n])
    x, noise = generator.normal(size=(2, n))
    if shape == "ties":
        return np.round(2 * x), np.round(x + 2 * noise)
    return x, {"plain": 0.5 * x, "near one": 1e3 * x, "near zero": 0 * x}[shape] + noise


PAIRS = [
    (n, shape)
    for n in (3, 4, 5, 10, 69, 491, 5000)
    for shape in ("plain", "ties", "near one", "near zero")
]


@pytest.mark.parametrize(("n", "shape"), PAIRS)
def test_p_value_of_pearson_equals_scipy(n, shape):
    """To 1e-12, and to nine digits where the value is tiny.

    Near 1 the last bit of the correlation itself moves later digits, so six are asked for there.
    """
    x, y = pair(n, shape)
    expected = stats.pearsonr(x, y)
    ours = correlation_p_value(expected.statistic, n)
    assert ours == pytest.approx(expected.pvalue, abs=1e-12)
    digits = 1e-6 if abs(expected.statistic) > 0.999 else 1e-9
    assert ours == pytest.approx(expected.pvalue, rel=digits, abs=1e-300)


@pytest.mark.parametrize("r", [1e-17, 1.2e-16, 1e-12, 1e-8, 1e-6, 1e-4, 1e-3])
@pytest.mark.parametrize("n", [3, 10, 69, 1000])
def test_p_value_of_hardly_any_correlation(r, n):
    """Where 1 − r² is 1 to the last bit the digits must come from r itself.

    The reference is one minus the integral of Student's density between −t and t (scipy's own t
    loses digits there for one degree of freedom).
    """
    df = n - 2
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    t = r * math.sqrt(df / ((1 - r) * (1 + r)))
    area, _ = integrate.quad(lambda x: scale * (1 + x * x / df) ** (-(df + 1) / 2), 0, t)
    assert correlation_p_value(r, n) == pytest.approx(1 - 2 * area, abs=1e-12)
    assert correlation_p_value(-r, n) == pytest.approx(1 - 2 * area, abs=1e-12)


def test_p_values_at_the_ends():
    """A full correlation has p 0, none has p 1; two models decide nothing; nothing warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = correlation_p_value([1.0, -1.0, 0.0, np.nan, 0.5], [10, 10, 10, 10, 2])
    np.testing.assert_array_equal(p, [0, 0, 1, np.nan, np.nan])
    assert correlation_p_value(1 + 1e-12, 10) == 0  # rounding
    assert correlation_p_value(np.full((3, 1), 0.3), np.array([5, 10])).shape == (3, 2)
    with pytest.raises(ValueError, match=r"outside \[-1, 1\]"):
        correlation_p_value([0.5, 1.01], 10)


@pytest.mark.parametrize("n", [4, 10, 69, 491])
@pytest.mark.parametrize("r", [-0.9, -0.2, 0.0, 0.3, 0.95])
def test_intervals_are_fishers_with_the_variance_of_each_method(n, r):
    """Pearson's as pingouin has it; Spearman's (Bonett–Wright) and Kendall's (Fieller) by hand."""
    expected = pingouin.compute_esci(stat=r, nx=n, ny=n, eftype="r", decimals=15)
    np.testing.assert_allclose(correlation_interval(r, n, "pearson"), expected, atol=1e-12)
    by_hand = {"spearman": (1 + r * r / 2) / (n - 3)}
    by_hand |= {"kendall": 0.437 / (n - 4)} if n > 4 else {}
    for method, variance in by_hand.items():
        margin = 1.959963984540054 * math.sqrt(variance)
        expected = math.tanh(math.atanh(r) - margin), math.tanh(math.atanh(r) + margin)
        np.testing.assert_allclose(correlation_interval(r, n, method), expected, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_intervals_at_the_ends(method):
    """NaN stays NaN, too few models have none, a full correlation has no width; nothing warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        limits = correlation_interval([np.nan, 0.5, 1.0, -1.0], [10, 3, 10, 10], method)
    np.testing.assert_array_equal(limits, [[np.nan, np.nan, 1, -1]] * 2)
    with pytest.raises(ValueError, match=r"outside \[-1, 1\]"):
        correlation_interval([0.5, 1.01], 10, method)
    with pytest.raises(ValueError, match="no interval of 'phi'"):
        correlation_interval(0.5, 10, "phi")


@given(r=st.tuples(st.floats(-1, 1), st.floats(-1, 1)), n=st.integers(5, 10_000))
def test_p_values_and_intervals_are_even_and_ordered(r, n):
    """The sign does not matter; more correlation or more models are never less sure."""
    weak, strong = sorted(np.abs(r))
    assert 0 <= correlation_p_value(strong, n) <= correlation_p_value(weak, n) <= 1
    assert correlation_p_value(-strong, n) == correlation_p_value(strong, n)
    for method in METHODS:
        low, high = correlation_interval(r[0], n, method)
        assert -1 <= low <= r[0] + 1e-9 and r[0] - 1e-9 <= high <= 1
        turned = correlation_interval(-r[0], n, method)
        np.testing.assert_allclose(turned, [-high, -low], atol=1e-12)
        narrow = np.subtract(*correlation_interval(r[0], 2 * n, method)[::-1])
        assert narrow <= high - low + 1e-12


def test_the_smallest_detectable_correlation_is_that_of_its_t():
    """Of a single test; more tests ask for more."""
    r = float(minimum_detectable(30, 1))
    assert correlation_p_value(r, 30) == pytest.approx(0.05, abs=1e-12)
    assert minimum_detectable(30, 100) > r
    assert np.isnan(minimum_detectable(2, 1))
