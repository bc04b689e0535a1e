"""p-values and intervals of correlations against scipy, pingouin and formulas written out."""

from __future__ import annotations

import math
import statistics
import warnings

import numpy as np
import pingouin
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from compute.stats.correlation import correlation_interval, correlation_p_value


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


@pytest.mark.parametrize(("n", "shape"), PAIRS)
def test_p_value_of_spearman_equals_scipy(n, shape):
    """Here scipy takes average ranks too, so ties change nothing."""
    x, y = pair(n, shape)
    expected = stats.spearmanr(x, y)
    ours = correlation_p_value(expected.statistic, n)
    assert ours == pytest.approx(expected.pvalue, abs=1e-12)


def test_p_value_over_the_whole_range():
    """Against Student's t written out, from no to nearly full correlation."""
    r = np.linspace(-0.999, 0.999, 400)
    for n in (3, 4, 7, 50, 1000):
        t = np.abs(r) * np.sqrt((n - 2) / ((1 - r) * (1 + r)))
        expected = 2 * stats.t.sf(t, n - 2)
        np.testing.assert_allclose(correlation_p_value(r, n), expected, rtol=1e-9, atol=1e-300)
        np.testing.assert_allclose(correlation_p_value(r, n), expected, rtol=0, atol=1e-12)


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


def test_p_value_at_the_ends():
    """A full correlation has p 0, none has p 1."""
    assert correlation_p_value([1.0, -1.0, 0.0], 10).tolist() == [0.0, 0.0, 1.0]


def test_p_value_unknown():
    """NaN stays NaN; two models decide nothing."""
    p = correlation_p_value([np.nan, 0.5, 0.5, 0.5], [10, 2, 0, 3])
    assert np.isnan(p).tolist() == [True, True, True, False]


@pytest.mark.parametrize("n", [4, 10, 69, 491])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_pearson_interval_equals_pingouin(n, confidence):
    """That is pingouin's Fisher interval, which it rounds unless told not to."""
    x, y = pair(n, "plain")
    low, high = pingouin.compute_esci(
        stat=stats.pearsonr(x, y).statistic,
        nx=n,
        ny=n,
        eftype="r",
        confidence=confidence,
        decimals=15,
    )
    ours = correlation_interval(stats.pearsonr(x, y).statistic, n, False, confidence)
    assert ours == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


def test_pearson_interval_equals_that_of_pingouin_corr():
    """The column CI95 of pingouin.corr, which has two decimals."""
    x, y = pair(60, "plain")
    table = pingouin.corr(x, y, method="pearson")
    ours = correlation_interval(table["r"].item(), 60, False)
    np.testing.assert_allclose(ours, table["CI95"].item(), atol=0.005 + 1e-9)


@pytest.mark.parametrize("n", [4, 10, 69, 491])
@pytest.mark.parametrize("r", [-0.9, -0.2, 0.0, 0.3, 0.95])
def test_spearman_interval_is_bonett_wright(n, r):
    """Fisher's z ± 1.96 √((1 + r²/2) / (n − 3)), in the standard library's arithmetic."""
    quantile = statistics.NormalDist().inv_cdf(0.975)
    se = math.sqrt((1 + r * r / 2) / (n - 3))
    z = 0.5 * math.log((1 + r) / (1 - r))
    expected = tuple(
        (math.exp(2 * limit) - 1) / (math.exp(2 * limit) + 1)
        for limit in (z - quantile * se, z + quantile * se)
    )
    low, high = correlation_interval(r, n, True)
    assert (low, high) == (
        pytest.approx(expected[0], abs=1e-12),
        pytest.approx(expected[1], abs=1e-12),
    )


def test_spearman_is_wider_than_pearson():
    """The Bonett–Wright error is larger wherever the correlation is not 0."""
    narrow = np.subtract(*correlation_interval([0.5, 0.0], 30, False)[::-1])
    wide = np.subtract(*correlation_interval([0.5, 0.0], 30, True)[::-1])
    assert wide[0] > narrow[0]
    assert wide[1] == narrow[1]


def test_interval_unknown_and_at_the_ends():
    """NaN stays NaN, three models have no interval, a full correlation has no width."""
    low, high = correlation_interval([np.nan, 0.5, 1.0, -1.0], [10, 3, 10, 10], True)
    assert np.isnan(low[:2]).all()
    assert np.isnan(high[:2]).all()
    assert (low[2], high[2]) == (1.0, 1.0)
    assert (low[3], high[3]) == (-1.0, -1.0)


def test_nothing_warns():
    """NaN, ±1 and too few models are no surprise (warnings are errors in dbt's log too)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        correlation_p_value([np.nan, 1.0, -1.0, 0.3], [10, 10, 2, 0])
        correlation_interval([np.nan, 1.0, -1.0, 0.3], [10, 3, 2, 0], [True, True, False, False])


def test_shapes_are_broadcast():
    """A column of estimates meets a row of sizes; a scalar stays one."""
    p = correlation_p_value(np.full((3, 1), 0.3), np.array([5, 10]))
    assert p.shape == (3, 2)
    assert (p[:, 0] > p[:, 1]).all()
    assert np.ndim(correlation_p_value(0.3, 10)) == 0
    low, high = correlation_interval(np.full(3, 0.3), 10, [True, False, True])
    assert low.shape == high.shape == (3,)
    assert low[0] == low[2] != low[1]
    assert correlation_p_value([], []).shape == (0,)


def test_what_is_no_correlation_is_refused():
    """Rounding beyond 1 is forgiven, more is not."""
    assert correlation_p_value(1 + 1e-12, 10) == 0
    for kernel in (correlation_p_value, lambda r, n: correlation_interval(r, n, True)):
        with pytest.raises(ValueError, match=r"outside \[-1, 1\]"):
            kernel([0.5, 1.01], 10)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.1])
def test_what_is_no_confidence_is_refused(confidence):
    """A share, not per cent."""
    with pytest.raises(ValueError, match="confidence"):
        correlation_interval(0.5, 10, True, confidence)


correlations = st.floats(-1, 1)
sizes = st.integers(4, 10_000)


@given(r=correlations, n=sizes)
def test_p_value_is_a_probability_and_even(r, n):
    """In [0, 1], and the sign of the correlation does not matter."""
    p = correlation_p_value(r, n)
    assert 0 <= p <= 1
    assert correlation_p_value(-r, n) == p


@given(r=st.tuples(correlations, correlations), n=sizes)
def test_p_value_falls_with_the_size_of_the_correlation(r, n):
    """A stronger correlation is never less surprising."""
    weak, strong = sorted(np.abs(r))
    assert correlation_p_value(weak, n) >= correlation_p_value(strong, n)


@given(r=correlations, n=sizes, is_spearman=st.booleans())
def test_interval_holds_the_estimate(r, n, is_spearman):
    """And stays in [−1, 1]; turned around it is the interval of the turned estimate."""
    low, high = correlation_interval(r, n, is_spearman)
    assert -1 <= low <= r + 1e-9
    assert r - 1e-9 <= high <= 1
    turned = correlation_interval(-r, n, is_spearman)
    assert turned == (pytest.approx(-high, abs=1e-12), pytest.approx(-low, abs=1e-12))


@given(r=st.floats(-0.99, 0.99), n=sizes)
def test_interval_narrows_with_more_models(r, n):
    """And widens with the confidence."""
    width = np.subtract(*correlation_interval(r, n, True)[::-1])
    assert np.subtract(*correlation_interval(r, 2 * n, True)[::-1]) < width
    assert np.subtract(*correlation_interval(r, n, True, 0.99)[::-1]) > width
