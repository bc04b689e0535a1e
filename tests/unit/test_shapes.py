"""Shapes of a relation against statsmodels, and what a correlation with z² cannot show."""

from itertools import pairwise

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.interpolate import CubicSpline

from compute.stats import shapes
from compute.stats.relations import correlations, membership, naive_inference


@pytest.mark.parametrize("n", [15, 80])
def test_least_squares_is_statsmodels(n):
    """Coefficients, HC3 and cluster-robust standard errors, and their p-values."""
    rng = np.random.default_rng(n)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    y = design @ [1, 2, 0.3] + rng.normal(size=n) * (1 + np.abs(design[:, 1]))
    clusters = rng.integers(0, 8, n)
    fit = shapes.least_squares([design], y, membership(clusters))
    hc3 = sm.OLS(y, design).fit(cov_type="HC3", use_t=True)
    robust = sm.OLS(y, design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "df_correction": True}, use_t=True
    )
    np.testing.assert_allclose(fit.coefficients, hc3.params, atol=1e-12)
    np.testing.assert_allclose(fit.error, hc3.bse, rtol=1e-10)
    np.testing.assert_allclose(fit.clustered, robust.bse, rtol=1e-10)
    p = shapes.t_p_value(fit.coefficients / fit.error, n - 3)
    np.testing.assert_allclose(p, hc3.pvalues, atol=1e-12)
    g = len(np.unique(clusters))
    p = shapes.t_p_value(fit.coefficients / fit.clustered, g - 1)
    np.testing.assert_allclose(p, robust.pvalues, atol=1e-12)


def test_a_unit_that_has_a_line_of_its_own_gets_hc1():
    """HC3 divides by one minus the leverage, which is then nothing."""
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(12), rng.normal(size=12), np.arange(12) == 0])
    y = rng.normal(size=12)
    fit = shapes.least_squares([design], y, membership(np.arange(12)))
    np.testing.assert_allclose(fit.error, sm.OLS(y, design).fit(cov_type="HC1").bse, atol=1e-10)
    again = shapes.least_squares([design, design[:, 1]], y, membership(np.arange(12)))
    assert np.isnan(again.coefficients).all()


def dense_smooth(x, y, held):
    """The same spline by its definition: penalty by quadrature, one solve per penalty."""
    knots = np.quantile(np.unique(x), np.linspace(0, 1, min(10, len(np.unique(x)))))
    spline = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    nodes, weights = np.polynomial.legendre.leggauss(4)
    penalty = np.zeros((len(knots), len(knots)))
    for a, b in pairwise(knots):
        bend = spline((a + b) / 2 + (b - a) / 2 * nodes, 2)
        penalty += (b - a) / 2 * (bend.T * weights) @ bend
    design = np.hstack([spline(x), held - held.mean(0)])
    full = np.zeros((design.shape[1],) * 2)
    full[: len(knots), : len(knots)] = penalty
    gram = design.T @ design
    best = (np.inf, None)
    for power in np.linspace(-12, 8, 801):
        hat = np.linalg.solve(gram + 10.0**power * full, design.T)
        edf = np.trace(design @ hat)
        score = np.sum((y - design @ hat @ y) ** 2) / (len(y) - edf) ** 2
        if score < best[0]:
            best = (score, (spline(x) @ (hat @ y)[: len(knots)], edf))
    return best[1]


@pytest.mark.parametrize("n_covariates", [0, 1])
@pytest.mark.parametrize("seed", range(4))
def test_the_smooth_curve_is_the_penalised_spline(seed, n_covariates):
    """As near to a finer search of the penalty as its own grid is fine."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=150)
    held = rng.normal(size=(150, n_covariates))
    y = np.sin(2 * x) + held.sum(1) + rng.normal(size=150) * 0.5
    fitted, error = shapes.smooth(x, y, held)
    expected, edf = dense_smooth(x, y, held)
    np.testing.assert_allclose(fitted, expected, atol=0.02)
    assert edf > 4 and (error > 0).all() and error.mean() < 0.3


def test_a_straight_line_is_smooth_already():
    """And is given back, whatever the penalty."""
    x = np.random.default_rng(0).normal(size=40)
    fitted, error = shapes.smooth(x, 3 - 2 * x)
    np.testing.assert_allclose(fitted, 3 - 2 * x, atol=1e-8)
    assert (error < 1e-6).all()


def families(n: int) -> np.ndarray:
    return np.arange(n) % 20


def verdict(found: dict) -> str:
    """The rule of macros/statistics.sql."""
    low, high = (found[f"slope_{s}"] for s in ("low", "high"))
    if max(found[f"slope_{s}_p_value"] for s in ("low", "high")) >= 0.05 or low * high > 0:
        return "no u"
    return "u" if low < high else "inverted_u"


@pytest.mark.parametrize("n_covariates", [0, 1])
def test_two_lines_find_a_u_and_its_mirror(n_covariates):
    """Where there is one, with slopes that statsmodels gives at the same break."""
    rng = np.random.default_rng(0)
    x, held = rng.normal(size=300), rng.normal(size=(300, n_covariates))
    y = (x - 0.3) ** 2 + held.sum(axis=1) + rng.normal(size=300)
    found = shapes.shape(x, y, families(300), held)
    assert verdict(found) == "u"
    assert verdict(shapes.shape(x, -y, families(300), held)) == "inverted_u"
    assert -0.3 < found["breakpoint"] < 0.9 and 0 < found["vertex"] < 0.6
    z = (x - x.mean()) / x.std(ddof=1)
    at = (found["breakpoint"] - x.mean()) / x.std(ddof=1)
    for side, term, low in (("low", 1, z <= at), ("high", 2, z < at)):
        design = np.column_stack([np.ones(300), (z - at) * low, (z - at) * ~low, ~low, held])
        model = sm.OLS(y, design.astype(float))
        clustered = model.fit(cov_type="cluster", cov_kwds={"groups": families(300)})
        naive = model.fit(cov_type="HC3", use_t=True)
        assert found[f"slope_{side}"] == pytest.approx(model.fit().params[term], abs=1e-10)
        assert found[f"slope_{side}_se"] == pytest.approx(clustered.bse[term])
        assert found[f"slope_{side}_p_value_naive"] == pytest.approx(naive.pvalues[term])


def test_the_parabola_is_statsmodels_with_the_covariate_beside_it():
    """Coefficients, errors, vertex and the covariate's slope, in the units of the data."""
    rng = np.random.default_rng(1)
    x, c = rng.normal(5, 2, size=100), rng.normal(70, 5, size=100)
    y = 0.2 * (x - 6) ** 2 + 0.1 * c + rng.normal(size=100)
    x[3], c[4] = np.nan, np.nan
    found = shapes.shape(x, y, families(100), c)
    keep = ~np.isnan(x + c)
    assert found["n_units"] == keep.sum() == 98 and found["n_clusters"] == 20
    x, y, c = x[keep], y[keep], c[keep]
    z = (x - x.mean()) / x.std(ddof=1)
    fit = sm.OLS(y, np.column_stack([np.ones(98), z, z**2, c - c.mean()])).fit(cov_type="HC3")
    names = ("quadratic_constant", "quadratic_linear", "quadratic_estimate", "covariate_slope")
    np.testing.assert_allclose([found[n] for n in names], fit.params, rtol=1e-9)
    for name, terms in (("line", [z]), ("quadratic", [z, z**2])):
        model = sm.OLS(y, np.column_stack([np.ones(98), *terms, c]))
        robust = model.fit(cov_type="cluster", cov_kwds={"groups": families(100)[keep]})
        assert found[f"{name}_se"] == pytest.approx(robust.bse[len(terms)])
        naive = model.fit(cov_type="HC3", use_t=True).pvalues[len(terms)]
        assert found[f"{name}_p_value_naive"] == pytest.approx(naive)
    vertex = -np.polynomial.Polynomial(fit.params[:3]).deriv().coef[0] / (2 * fit.params[2])
    assert found["vertex"] == pytest.approx(x.mean() + x.std(ddof=1) * vertex)
    assert found["share_below_vertex"] == (x < found["vertex"]).mean()


SHAPES = {
    "skewed": (lambda rng: rng.lognormal(sigma=1.0, size=300), lambda x: x),
    "convex": (lambda rng: rng.uniform(0, 1, size=300), lambda x: 4 * x**4),
    "saturating": (lambda rng: rng.beta(5, 1, size=300), lambda x: -6 * x),
}


@pytest.mark.parametrize("name", SHAPES)
def test_z2_shows_a_u_where_everything_goes_one_way(name):
    """The trap of z²: it correlates with a monotone property, and two lines are not taken in.

    Skew is enough (z² is then little else than x), and so is a relation that steepens.
    """
    draw, curve = SHAPES[name]
    taken_in = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = draw(rng)
        y = curve(x) + rng.normal(size=300) * 0.5
        estimate, n = correlations(np.column_stack([x, y]), [(0, 1)], transform="z2")
        p_value, *_ = naive_inference(estimate, n, "pearson")
        assert estimate[0] > 0 and p_value[0] < 0.05
        taken_in += verdict(shapes.shape(x, y, families(300))) == "u"
    assert taken_in <= 1


def test_two_lines_keep_their_level_where_there_is_nothing():
    """No relation at all: hardly ever a U, in either direction."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found += verdict(shapes.shape(*rng.normal(size=(2, 60)), families(60))) != "no u"
    assert found <= 6


@pytest.mark.parametrize("n", [9, 15])
def test_a_few_units_have_no_two_lines(n):
    """Below ten nothing, below twenty the parabola alone."""
    x, y = np.random.default_rng(0).normal(size=(2, n))
    found = shapes.shape(x, y, families(n))
    assert np.isnan(found["slope_low"]) and np.isnan(found["breakpoint"])
    assert np.isnan(found["quadratic_estimate"]) == (n == 9)
    flat = shapes.shape(x, np.ones(n), families(n))
    assert np.isnan([flat[k] for k in shapes.SHAPE[2:]]).all()


def test_the_sides_do_not_hang_on_the_last_digit():
    """Models that tie on paper lie on one side, whatever digit 17 of their averages is."""
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=60), 1)
    y = -(x**2) + rng.normal(size=60)
    found = shapes.shape(x, y, families(60))
    for _ in range(10):
        again = shapes.shape(x * (1 + rng.choice([-2e-16, 0, 2e-16], 60)), y, families(60))
        np.testing.assert_allclose(list(found.values()), list(again.values()), rtol=1e-9)
