"""Shapes of a relation: straight line, parabola, smooth curve, and the two lines that show a U."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.interpolate import CubicSpline

from compute.stats.clusters import wild_p_value
from compute.stats.ranks import Floats, round_significant
from compute.stats.relations import MIN_CLUSTERS, membership

MIN_UNITS = 10
"""Pairs that share fewer units have no estimate."""

MIN_TWO_LINES, MIN_SIDE = 20, 5
"""Units that the two-lines test needs, and each of its lines."""


class Fit(NamedTuple):
    """Coefficients of a least-squares fit and two kinds of standard errors."""

    coefficients: Floats
    error: Floats
    """Heteroskedasticity-consistent: HC3, or HC1 where a unit has a leverage of 1."""
    clustered: Floats
    """Cluster-robust (CR1), NaN below `MIN_CLUSTERS`."""


@numba.njit(cache=True)
def _fit(design, y, members, min_clusters):
    """Coefficients, HC3 errors and cluster-robust errors; NaN where there are none."""
    n, k = design.shape
    found = np.full((3, k), np.nan)
    q, r = np.linalg.qr(design)
    scale = np.abs(np.diag(r))
    if n <= k or scale.min() <= 1e-10 * scale.max():
        return found
    # rows of q are those of the design times r⁻¹, so both sandwiches are sums of squares
    influence = np.ascontiguousarray(q) @ np.ascontiguousarray(np.linalg.inv(r).T)
    found[0] = y @ influence
    residual = y - design @ found[0]
    spare = 1 - (q * q).sum(1)
    scaled = residual / spare if spare.min() > 1e-10 else residual * np.sqrt(n / (n - k))
    found[1] = np.sqrt(((influence * scaled.reshape(-1, 1)) ** 2).sum(0))
    g = len(members)
    if g >= min_clusters:
        sums = members @ (influence * residual.reshape(-1, 1))
        found[2] = np.sqrt(g / (g - 1) * (n - 1) / (n - k) * (sums**2).sum(0))
    return found


def least_squares(terms: list[Floats], y: Floats, members: Floats) -> Fit:
    """Least squares with robust standard errors.

    Parameters
    ----------
    terms : list of ndarray, each of shape (n_units,) or (n_units, n_terms)
        With a column of ones, if there is to be a constant.
    y : ndarray, shape (n_units,)
        What is explained.
    members : ndarray, shape (n_clusters, n_units)
        :func:`compute.stats.relations.membership` of the units.

    Returns
    -------
    Fit
        All NaN where the terms are not independent or as many as the units.

    Notes
    -----
    ``statsmodels.OLS(y, design).fit(cov_type="HC3")`` and ``cov_type="cluster"``.
    """
    return Fit(*_fit(np.column_stack(terms), y, members, MIN_CLUSTERS))


_LAMBDAS = 10.0 ** np.linspace(-4, 8, 121)


def smooth(
    x: ArrayLike, y: ArrayLike, covariates: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Penalised cubic regression spline of y on x, its penalty chosen by cross-validation (GCV).

    Parameters
    ----------
    x, y : array_like, shape (n_units,)
        Without NaN; x has three different values or more.
    covariates : array_like, shape (n_units, n_covariates), optional
        Enter as straight lines; the fit is given at their means.

    Returns
    -------
    fitted, error : ndarray, shape (n_units,)
        The curve at x and its Bayesian standard error.

    Notes
    -----
    ``s(x, bs = "cr", k = 10)`` of the R package mgcv, which the two-lines test is defined with: ten
    knots at quantiles of the different x, natural at both ends, penalty ∫ f''²
    (Wood 2017, Generalized Additive Models, sections 5.3.1 and 6.2).
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    different = np.unique(x)
    k = min(10, different.size)
    if k < 3:
        raise ValueError(f"a smooth curve needs three different x, has {k}")
    held = np.empty((len(x), 0)) if covariates is None else np.asarray(covariates, float)
    held = held.reshape(len(x), -1)
    knots = np.quantile(different, np.linspace(0, 1, k))
    spline = CubicSpline(knots, np.eye(k), bc_type="natural")
    basis = spline(x)
    bends = spline(knots, 2)  # of each basis function at each knot; straight in between
    width = np.diff(knots)[:, None]
    a, b = bends[:-1], bends[1:]
    cross = a.T @ (width * b)
    penalty = (2 * a.T @ (width * a) + cross + cross.T + 2 * b.T @ (width * b)) / 6
    design = np.hstack([basis, held - held.mean(0)])
    q, r = np.linalg.qr(design)
    inverse = np.linalg.pinv(r)
    rough, turn = np.linalg.eigh(inverse[:k].T @ penalty @ inverse[:k])
    rough = np.clip(rough / rough[-1], 0, None)
    # two directions of the spline and all covariates cost nothing
    rough[: 2 + held.shape[1]] = 0.0
    shrunk = 1 / (1 + _LAMBDAS[:, None] * rough)
    on_axes = (q @ turn).T @ y
    left = np.maximum(y @ y - (on_axes**2 * (2 * shrunk - shrunk**2)).sum(1), 0)
    freedom = len(y) - shrunk.sum(1)
    score = np.where(freedom > 0.5, left / np.maximum(freedom, 0.5) ** 2, np.inf)
    best = int(np.argmin(score))
    at_mean = basis @ (inverse[:k] @ turn)
    variance = left[best] / max(freedom[best], 0.5)
    error = np.sqrt(variance * (at_mean**2 @ shrunk[best]))
    return at_mean @ (shrunk[best] * on_axes), error


def _lines(x: Floats, held: Floats, at: float, side: str) -> list[Floats]:
    """Terms of two lines that need not meet; a unit at the break belongs to the side named."""
    low = x <= at if side == "low" else x < at
    step = x - at
    return [np.ones_like(x), step * low, step * ~low, (~low).astype(float), held]


def _tested(
    name: str, terms: list[Floats], y: Floats, members: Floats, term: int, there: ArrayLike = True
) -> tuple[Fit, dict[str, float]]:
    """Fit, and errors and p-values of one term, which rests on the units that are ``there``."""
    fit = least_squares(terms, y, members)
    design = np.column_stack(terms)
    n_clusters = int((members.astype(bool) & there).any(1).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        naive = t_p_value(fit.coefficients[term] / fit.error[term], len(y) - design.shape[1])
    is_known = n_clusters >= MIN_CLUSTERS and np.isfinite(fit.coefficients[term])
    return fit, {
        f"{name}_se": fit.clustered[term],
        f"{name}_p_value": wild_p_value(design, y, members, term, n_clusters)
        if is_known
        else np.nan,
        f"{name}_p_value_naive": float(naive),
    }


def _break(x: Floats, y: Floats, held: Floats, members: Floats, bends_down: bool):
    """Where the lines meet, by the Robin Hood procedure; NaN where it finds no place."""
    fitted, error = smooth(x, y, held)
    low, high = np.round(np.quantile(x, [0.1, 0.9]), 12)
    middle = (x > low) & (x < high)
    if not middle.any():
        return np.nan
    x_middle, fitted, error = x[middle], fitted[middle], error[middle]
    if bends_down:
        flat = x_middle[fitted + error > fitted.max()]
    else:
        flat = x_middle[fitted - error < fitted.min()]
    if not flat.size:  # no error at all: the extreme itself
        flat = x_middle[[np.argmax(fitted) if bends_down else np.argmin(fitted)]]
    first, second = (
        least_squares(_lines(x, held, float(np.median(flat)), side), y, members)
        for side in ("low", "high")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        weak = abs(first.coefficients[1] / first.error[1])
        strong = abs(second.coefficients[2] / second.error[2])
        share = strong / (weak + strong)
    return float(np.quantile(flat, share)) if np.isfinite(share) else np.nan


SHAPE = (
    *("n_units", "n_clusters", "alignment_mean", "alignment_sd", "alignment_min", "alignment_max"),
    *("line_constant", "line_slope", "line_se", "line_p_value", "line_p_value_naive"),
    *("quadratic_constant", "quadratic_linear", "quadratic_estimate", "quadratic_se"),
    *("quadratic_p_value", "quadratic_p_value_naive", "vertex", "share_below_vertex"),
    *("covariate_mean", "covariate_slope"),
    *("breakpoint", "n_low", "n_high", "n_clusters_low", "n_clusters_high"),
    *("slope_low", "slope_low_se", "slope_low_p_value", "slope_low_p_value_naive"),
    *("slope_high", "slope_high_se", "slope_high_p_value", "slope_high_p_value_naive"),
)
"""What :func:`shape` says; estimates are in units of the property per sd of the alignment."""


def shape(
    x: ArrayLike, y: ArrayLike, clusters: ArrayLike, covariates: ArrayLike | None = None
) -> dict[str, float]:
    """Straight line, parabola and two lines of a property on an alignment.

    Parameters
    ----------
    x, y : array_like, shape (n_units,)
        Alignment and property. NaN in either, or in a covariate, leaves the unit out.
    clusters : array_like, shape (n_units,)
        Architecture family (or network) of each unit.
    covariates : array_like, shape (n_units, n_covariates), optional
        Enter every fit as straight lines, centred: constants are those at their means.

    Returns
    -------
    dict
        The keys of `SHAPE`. With z = (x − mean)/sample sd: y ~ 1 + z; y ~ 1 + z + z², its vertex
        (in units of x), mean and slope of the first covariate in it; the two lines with the break
        (in units of x) and the units and clusters on each side (a unit at the break counts on
        both). Of line, quadratic, slope_low and slope_high: ``_se``, robust to clusters (CR1);
        ``_p_value`` by :func:`compute.stats.clusters.wild_p_value`; ``_p_value_naive`` as if units
        were unrelated (HC3, t with n − terms degrees of freedom). NaN below `MIN_UNITS` units,
        where x or y is constant, for the two lines below `MIN_TWO_LINES` or where a side has fewer
        than `MIN_SIDE` units; errors and p-values over clusters below `MIN_CLUSTERS` of them, for a
        slope those on its side.

    Notes
    -----
    x is rounded to 12 significant digits first, and z and the break to 12 decimals: on which side a
    unit lies must not depend on the order in which an average was summed.

    References
    ----------
    Simonsohn (2018), Two lines: a valid alternative to the invalid testing of U-shaped
    relationships with quadratic regressions, AMPPS 1(4): the break lies among the middle 80 % of
    the units, where the smooth curve is within one standard error of its extreme, and nearer to the
    side whose line is the stronger (Robin Hood). The first slope is read off the fit in which the
    break belongs to the first line, the second off the other; each with HC3.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    held = np.empty((len(x), 0)) if covariates is None else np.asarray(covariates, float)
    held = held.reshape(len(x), -1)
    keep = ~(np.isnan(x) | np.isnan(y) | np.isnan(held).any(1))
    x, y, held = round_significant(x[keep]), y[keep], held[keep]
    members = membership(np.asarray(clusters)[keep])
    found = dict.fromkeys(SHAPE, np.nan) | {"n_units": len(x), "n_clusters": len(members)}
    if len(x) < MIN_UNITS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return found
    mean, sd = x.mean(), x.std(ddof=1)
    z = np.round((x - mean) / sd, 12)
    centre, spread = held.mean(0), held.std(0)
    spread[spread == 0] = 1.0
    held = (held - centre) / spread
    found |= {
        "alignment_mean": mean,
        "alignment_sd": sd,
        "alignment_min": x.min(),
        "alignment_max": x.max(),
    }
    ones = np.ones_like(z)
    line, tests = _tested("line", [ones, z, held], y, members, 1)
    found |= dict(zip(("line_constant", "line_slope"), line.coefficients, strict=False)) | tests
    bent, tests = _tested("quadratic", [ones, z, z**2, held], y, members, 2)
    constant, linear, square = bent.coefficients[:3]
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = mean - sd * linear / (2 * square)
    found |= tests | {
        "quadratic_constant": constant,
        "quadratic_linear": linear,
        "quadratic_estimate": square,
        "vertex": vertex if np.isfinite(vertex) else np.nan,
        "share_below_vertex": (x < vertex).mean() if np.isfinite(vertex) else np.nan,
    }
    if held.shape[1]:
        slopes = bent.coefficients[3:] / spread
        found |= {"covariate_mean": centre[0], "covariate_slope": slopes[0]}
    if np.unique(z).size < MIN_TWO_LINES or not np.isfinite(square):
        return found
    rises_first = linear + 2 * square * z.min() > 0
    at = np.round(_break(z, y, held, members, rises_first), 12)
    sides = {"low": int((z <= at).sum()), "high": int((z >= at).sum())}
    if not np.isfinite(at) or min(sides.values()) < MIN_SIDE:
        return found
    found["breakpoint"] = mean + sd * at
    for term, (side, n) in enumerate(sides.items(), 1):
        there = z <= at if side == "low" else z >= at
        lines = _lines(z, held, at, side)
        fit, tests = _tested(f"slope_{side}", lines, y, members, term, there)
        found |= tests | {f"n_{side}": n, f"slope_{side}": fit.coefficients[term]}
        found[f"n_clusters_{side}"] = int((members.astype(bool) & there).any(1).sum())
    return found


def t_p_value(ratio: ArrayLike, freedom: ArrayLike) -> Floats:
    """Two-sided p-value of t ratios; NaN where the ratio is NaN or there is no freedom."""
    ratio, freedom = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(freedom, float))
    p = 2 * special.stdtr(np.where(freedom > 0, freedom, np.nan), -np.abs(ratio))
    return np.where(np.isnan(ratio), np.nan, p)
