"""What alignment goes with: kernels against pingouin and statsmodels, and what z² cannot show."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from compute.stats import relations as downstream
from compute.stats.correlation import correlation_interval
from compute.stats.frames import SEED
from compute.stats.resampling import resample_counts

N, K = 60, 5
PAIRS = [(a, b) for a in range(K) for b in range(K) if a != b]


def holed(seed: int = 0, decimals: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Scores with ties and holes, and two covariates that they hang together with."""
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=(N, K)) + rng.normal(size=(N, 1)), decimals)
    covariates = np.round(rng.normal(size=(N, 2)) + scores[:, :1], decimals)
    scores[rng.random(scores.shape) < 0.2] = np.nan
    covariates[rng.random(covariates.shape) < 0.05] = np.nan
    return scores, covariates


def as_pingouin(x, y, covariates, method, transform) -> tuple[float, ...]:
    """n, r, p and Fisher limits of one pair by pingouin; limits unrounded."""
    frame = pd.DataFrame({"x": x, "y": y})
    names = [f"c{j}" for j in range(covariates.shape[1])]
    frame[names] = covariates
    frame = frame.dropna()
    if transform == "z2":
        frame["x"] = np.round((frame["x"] - frame["x"].mean()) / frame["x"].std(), 12) ** 2
    if names:
        row = pingouin.partial_corr(frame, "x", "y", names, method=method).iloc[0]
    else:
        row = pingouin.corr(frame["x"], frame["y"], method=method).iloc[0]
    n = len(frame) - len(names)
    limits = pingouin.compute_esci(row["r"], n, n, eftype="r", decimals=14)
    return int(row["n"]), row["r"], row["p_val"], *limits


@pytest.mark.parametrize("transform", downstream.TRANSFORMS)
@pytest.mark.parametrize("method", downstream.METHODS)
@pytest.mark.parametrize("n_covariates", [0, 1, 2])
def test_correlations_are_pingouins(n_covariates, method, transform):
    """Over each pair's own rows, with p-value and interval."""
    scores, covariates = holed()
    held = covariates[:, :n_covariates]
    how = {"method": method, "transform": transform}
    estimate, n = downstream.correlations(scores, PAIRS, held, **how)
    p_value, *_ = downstream.correlation_inference(estimate, n, method, n_covariates)
    # pingouin has Pearson's interval for both
    limits = correlation_interval(estimate, n - n_covariates, False)
    ours = np.column_stack([n, estimate, p_value, *limits])
    theirs = [as_pingouin(scores[:, a], scores[:, b], held, **how) for a, b in PAIRS]
    np.testing.assert_allclose(ours, theirs, atol=1e-10, rtol=0)


def test_spearmans_interval_is_that_of_the_correlation_marts():
    """Bonett and Wright, with a unit less per covariate."""
    _, low, high = downstream.correlation_inference([0.5], [30], "spearman", 1)
    expected = correlation_interval([0.5], [29], True)
    np.testing.assert_array_equal([low, high], expected)


@pytest.mark.parametrize("transform", downstream.TRANSFORMS)
@pytest.mark.parametrize("method", downstream.METHODS)
@pytest.mark.parametrize("decimals", [0, 2])
def test_a_weight_is_a_repetition(method, transform, decimals):
    """A resample by weights is the estimate over repeated rows, ties and left-out rows included."""
    scores, covariates = holed(1, decimals)
    weights = np.random.default_rng(2).integers(0, 4, size=(20, N))
    how = {"method": method, "transform": transform}
    drawn, _ = downstream.correlations(scores, PAIRS, covariates, weights=weights, **how)
    for r, w in enumerate(weights):
        again, _ = downstream.correlations(
            np.repeat(scores, w, axis=0), PAIRS, np.repeat(covariates, w, axis=0), **how
        )
        np.testing.assert_allclose(drawn[:, r], again, atol=1e-10)


@pytest.mark.parametrize("transform", downstream.TRANSFORMS)
@pytest.mark.parametrize("n_covariates", [0, 1, 2])
def test_pearson_over_clusters_needs_no_unit(n_covariates, transform):
    """The sums of the clusters give what weights on units give."""
    scores, covariates = holed(3)
    held = np.nan_to_num(covariates[:, :n_covariates])
    clusters = np.random.default_rng(4).integers(0, 12, N).astype(str)
    low, high, n = downstream.clustered_interval(scores, PAIRS, clusters, held, transform=transform)
    weights = resample_counts(N, downstream.N_RESAMPLES, SEED, clusters)
    drawn, _ = downstream.correlations(scores, PAIRS, held, transform=transform, weights=weights)
    expected = np.nanquantile(drawn, [0.025, 0.975], axis=1)
    np.testing.assert_allclose([low, high], expected, atol=1e-10)
    shared = [~np.isnan(scores[:, a] + scores[:, b]) for a, b in PAIRS]
    assert n.tolist() == [len(set(clusters[s])) for s in shared]


def test_few_clusters_have_no_interval():
    """Four families say nothing about families."""
    scores, _ = holed()
    low, high, n = downstream.clustered_interval(scores, PAIRS, np.arange(N) % 4)
    assert (n == 4).all() and np.isnan(low).all() and np.isnan(high).all()


def test_what_cannot_be_correlated_is_nan():
    """A constant side, a covariate that decides a side, and too few units."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 20))
    scores = np.column_stack([x, y, np.ones(20), np.where(np.arange(20) < 3, x, np.nan)])
    for how in ({"method": "pearson"}, {"method": "spearman"}):
        plain, n = downstream.correlations(scores, [(0, 2), (2, 0), (0, 3)], **how)
        assert np.isnan(plain[:2]).all() and n.tolist() == [20, 20, 3]
        held, _ = downstream.correlations(scores, [(0, 1), (1, 0)], 2 * x + 1, **how)
        assert np.isnan(held).all()
        partial, _ = downstream.correlations(scores, [(0, 3)], y, **how)
        assert np.isnan(partial).all()


def test_a_covariate_that_says_nothing_changes_nothing_but_the_degrees_of_freedom():
    """Constant, or twice the same."""
    scores, covariates = holed(5)
    c = np.nan_to_num(covariates[:, :1])
    plain, n = downstream.correlations(scores, PAIRS)
    constant, _ = downstream.correlations(scores, PAIRS, np.ones(N))
    np.testing.assert_allclose(plain, constant, atol=1e-12)
    once, _ = downstream.correlations(scores, PAIRS, c)
    twice, _ = downstream.correlations(scores, PAIRS, np.hstack([c, 3 * c - 1]))
    np.testing.assert_allclose(once, twice, atol=1e-12)
    p_once = downstream.correlation_inference(once, n, "pearson", 1)[0]
    assert (downstream.correlation_inference(once, n, "pearson", 2)[0] > p_once).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda s: downstream.correlations(s[:, 0], [(0, 1)]),
        lambda s: downstream.correlations(np.where(s > 1, np.inf, s), [(0, 1)]),
        lambda s: downstream.correlations(s, [(0, 9)]),
        lambda s: downstream.correlations(s, [(0, 1)], method="kendall"),
        lambda s: downstream.correlations(s, [(0, 1)], weights=np.ones((2, 3))),
        lambda s: downstream.smooth([1, 2, 1, 2], [1, 2, 3, 4]),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    """With a ValueError, before any number."""
    with pytest.raises(ValueError):
        call(holed()[0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_z2_does_not_know_up_from_down(seed):
    """Turning the alignment round, moving or stretching it leaves every z² correlation."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-5, 6, 25).astype(float), rng.normal(size=25)
    x[:2] = [-5, 5]
    scores = np.column_stack([x, y, 3 - 7 * x])
    for method in downstream.METHODS:
        (one, other), _ = downstream.correlations(
            scores, [(0, 1), (2, 1)], method=method, transform="z2"
        )
        assert one == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("n", [15, 80])
def test_least_squares_is_statsmodels(n):
    """Coefficients, HC3 and cluster-robust standard errors, and their p-values."""
    rng = np.random.default_rng(n)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    y = design @ [1, 2, 0.3] + rng.normal(size=n) * (1 + np.abs(design[:, 1]))
    clusters = rng.integers(0, 8, n)
    fit = downstream.least_squares(design, y, clusters)
    hc3 = sm.OLS(y, design).fit(cov_type="HC3", use_t=True)
    robust = sm.OLS(y, design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "df_correction": True}, use_t=True
    )
    np.testing.assert_allclose(fit.coefficients, hc3.params, atol=1e-12)
    np.testing.assert_allclose(fit.error, hc3.bse, rtol=1e-10)
    np.testing.assert_allclose(fit.clustered, robust.bse, rtol=1e-10)
    p = downstream.t_p_value(fit.coefficients / fit.error, n - 3)
    np.testing.assert_allclose(p, hc3.pvalues, atol=1e-12)
    g = len(np.unique(clusters))
    p = downstream.t_p_value(fit.coefficients / fit.clustered, g - 1)
    np.testing.assert_allclose(p, robust.pvalues, atol=1e-12)


def test_a_unit_that_has_a_line_of_its_own_gets_hc1():
    """HC3 divides by one minus the leverage, which is then nothing."""
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(12), rng.normal(size=12), np.arange(12) == 0])
    y = rng.normal(size=12)
    fit = downstream.least_squares(design, y, np.arange(12))
    np.testing.assert_allclose(fit.error, sm.OLS(y, design).fit(cov_type="HC1").bse, atol=1e-10)
    again = downstream.least_squares(np.column_stack([design, design[:, 1]]), y, np.arange(12))
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
    fitted, error = downstream.smooth(x, y, held)
    expected, edf = dense_smooth(x, y, held)
    np.testing.assert_allclose(fitted, expected, atol=0.02)
    assert edf > 4 and (error > 0).all() and error.mean() < 0.3


def test_a_straight_line_is_smooth_already():
    """And is given back, whatever the penalty."""
    x = np.random.default_rng(0).normal(size=40)
    fitted, error = downstream.smooth(x, 3 - 2 * x)
    np.testing.assert_allclose(fitted, 3 - 2 * x, atol=1e-8)
    assert (error < 1e-6).all()


def families(n: int) -> np.ndarray:
    return np.arange(n) % 20


def verdict(found: dict) -> str:
    """The rule of macros/statistics.sql, with HC3."""
    low, high = (found[f"slope_{s}"] / found[f"slope_{s}_se"] for s in ("low", "high"))
    p = downstream.t_p_value([low, high], found["n_units"] - 4)
    if (p < 0.05).all() and low < 0 < high:
        return "u"
    if (p < 0.05).all() and high < 0 < low:
        return "inverted_u"
    return "no u"


def test_two_lines_find_a_u_and_its_mirror():
    """Where there is one, with slopes that statsmodels gives at the same break."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    y = (x - 0.3) ** 2 + rng.normal(size=300)
    found = downstream.shape(x, y, families(300))
    assert verdict(found) == "u"
    assert verdict(downstream.shape(x, -y, families(300))) == "inverted_u"
    assert -0.3 < found["breakpoint"] < 0.9 and 0 < found["vertex"] < 0.6
    z = (x - x.mean()) / x.std(ddof=1)
    at = (found["breakpoint"] - x.mean()) / x.std(ddof=1)
    for side, term, low in (("low", 1, z <= at), ("high", 2, z < at)):
        design = np.column_stack([np.ones(300), (z - at) * low, (z - at) * ~low, ~low])
        model = sm.OLS(y, design.astype(float))
        clustered = model.fit(cov_type="cluster", cov_kwds={"groups": families(300)})
        assert found[f"slope_{side}"] == pytest.approx(model.fit().params[term], abs=1e-10)
        assert found[f"slope_{side}_se"] == pytest.approx(model.fit(cov_type="HC3").bse[term])
        assert found[f"slope_{side}_family_se"] == pytest.approx(clustered.bse[term])


def test_the_parabola_is_statsmodels_with_the_covariate_beside_it():
    """Coefficients, errors, vertex and the covariate's slope, in the units of the data."""
    rng = np.random.default_rng(1)
    x, c = rng.normal(5, 2, size=100), rng.normal(70, 5, size=100)
    y = 0.2 * (x - 6) ** 2 + 0.1 * c + rng.normal(size=100)
    x[3], c[4] = np.nan, np.nan
    found = downstream.shape(x, y, families(100), c)
    keep = ~np.isnan(x + c)
    assert found["n_units"] == keep.sum() == 98 and found["n_clusters"] == 20
    x, y, c = x[keep], y[keep], c[keep]
    z = (x - x.mean()) / x.std(ddof=1)
    fit = sm.OLS(y, np.column_stack([np.ones(98), z, z**2, c - c.mean()])).fit(cov_type="HC3")
    names = ("quadratic_constant", "quadratic_linear", "quadratic_estimate", "covariate_slope")
    np.testing.assert_allclose([found[n] for n in names], fit.params, rtol=1e-9)
    assert found["quadratic_se"] == pytest.approx(fit.bse[2])
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
        estimate, n = downstream.correlations(np.column_stack([x, y]), [(0, 1)], transform="z2")
        p_value, *_ = downstream.correlation_inference(estimate, n, "pearson")
        assert estimate[0] > 0 and p_value[0] < 0.05
        taken_in += verdict(downstream.shape(x, y, families(300))) == "u"
    assert taken_in <= 1


def test_two_lines_keep_their_level_where_there_is_nothing():
    """No relation at all: hardly ever a U, in either direction."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found += verdict(downstream.shape(*rng.normal(size=(2, 60)), families(60))) != "no u"
    assert found <= 6


@pytest.mark.parametrize("n", [9, 15])
def test_a_few_units_have_no_two_lines(n):
    """Below ten nothing, below twenty the parabola alone."""
    x, y = np.random.default_rng(0).normal(size=(2, n))
    found = downstream.shape(x, y, families(n))
    assert np.isnan(found["slope_low"]) and np.isnan(found["breakpoint"])
    assert np.isnan(found["quadratic_estimate"]) == (n == 9)
    flat = downstream.shape(x, np.ones(n), families(n))
    assert np.isnan([flat[k] for k in downstream.SHAPE[2:]]).all()


def long_table() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    rows = [
        {"cohort_id": cohort, "unit_id": f"m{i}", "benchmark_id": b, "score": rng.normal()}
        | {"cluster_id": f"f{i % 7}", "family": f"f{i % 7}", "imagenet_top1": 50.0 + i % 9}
        for cohort in ("one", "two")
        for i in range(30 if cohort == "one" else 6)
        for b in ("x", "y", "top1")
    ]
    pairs = pd.DataFrame(
        [
            {"cohort_id": c, "alignment_id": a, "property_id": "y", "is_covariate_side": a != "x"}
            for c in ("one", "two")
            for a in ("x", "top1")
        ]
    )
    return pd.DataFrame(rows), pairs


def test_every_declared_pair_keeps_its_rows_and_its_n():
    """Too few units and a covariate that is a side give null, not silence."""
    scores, pairs = long_table()
    found = downstream.relation_frame(scores, pairs)
    assert len(found) == 4 * 2 * 2 * 2
    assert not found.duplicated([*downstream.KEY, "transform", "method"]).any()
    assert set(found.loc[found["cohort_id"] == "two", "n_units"]) == {6}
    expected = (found["cohort_id"] == "one") & ~(
        (found["alignment_id"] == "top1") & (found["covariate"] == "imagenet_top1")
    )
    assert (found["estimate"].notna() == expected).all()
    assert (found["family_boot_low"].notna() == expected).all()
    assert (found.loc[expected, "family_boot_low"] < found.loc[expected, "family_boot_high"]).all()
    shapes = downstream.shape_frame(scores, pairs)
    assert len(shapes) == 4 * 2 and set(shapes["n_units"]) == {6, 30}
    assert shapes["quadratic_p_value"].notna().sum() == 3
    one = shapes[(shapes["alignment_id"] == "x") & (shapes["cohort_id"] == "one")]
    ratio = one["quadratic_estimate"] / one["quadratic_se"]
    np.testing.assert_array_equal(
        one["quadratic_p_value"], downstream.t_p_value(ratio, 30 - 3 - np.array([0, 1]))
    )


def test_the_order_of_the_rows_does_not_matter():
    """Two builds agree to the bit."""
    scores, pairs = long_table()
    for frame in (downstream.relation_frame, downstream.shape_frame):
        pd.testing.assert_frame_equal(
            frame(scores, pairs), frame(scores.sample(frac=1, random_state=1), pairs[::-1])
        )


def test_without_a_source_the_tables_are_empty_and_have_their_columns():
    """A build without files is empty, not broken."""
    scores, pairs = long_table()
    for frame in (downstream.relation_frame, downstream.shape_frame):
        empty, full = frame(scores[:0], pairs[:0]), frame(scores, pairs)
        assert empty.empty and set(empty.columns) == set(full.columns)
