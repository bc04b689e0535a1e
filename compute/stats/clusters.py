"""Uncertainty with clusters: models come in families, benchmarks in datasets; both are samples.

Over families an estimate is made again without each in turn, and the spread of those gives its
error (the delete-one-cluster jackknife, with Student's t). Over datasets, of which there are fewer
still, whole datasets are drawn and the percentiles taken further out. A plain percentile bootstrap
is too narrow in both cases; ``benchmarks/results/coverage.md`` says what each covers.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from compute.stats.budget import FEWEST_GROUPS, n_resamples
from compute.stats.ranks import Floats, Ints

_LARGEST = 1 - 1e-12
"""Correlations beyond it have no finite Fisher z, and their error is unknown."""

N_DRAWS, N_FIRST_DRAWS = 4_999, 999
"""Draws of the wild bootstrap, and those that it begins with."""
FAR_FROM_SIGNIFICANT = 0.2
"""A p-value above it after the first draws is not made more exact."""

MIN_DATASETS, MIN_DATASETS_OF_BOTH = 5, 3
"""With fewer, limits over datasets alone, and over both, cover less than .90."""
LIMITS = [f"{over}ci_{side}" for over in ("family_", "dataset_", "") for side in ("low", "high")]
"""What :func:`crossed_limits` gives, in order."""

SEED = 20_081_231
_SIGNS = (-1.0, 1.0)
_SIX_POINTS = tuple(sign * np.sqrt(square) for sign in _SIGNS for square in (0.5, 1.0, 1.5))
MIN_SIGNS = 12
"""Below so many clusters two signs make too few patterns, and Webb's six points are drawn."""


class Error(NamedTuple):
    """Standard error of an estimate and the degrees of freedom of its t.

    Attributes
    ----------
    size, df : ndarray
        NaN with fewer than two clusters, or where the estimate is unknown without one of them.
    """

    size: Floats
    df: Floats


def share_interval(share: ArrayLike, error: Error, n: ArrayLike) -> tuple[Floats, Floats]:
    """95 % limits of shares, which near 0 or 1 are not symmetric.

    Parameters
    ----------
    share : array_like
        In [0, 1].
    error : Error
        Of the same, over clusters.
    n : array_like
        Trials that each share is of.

    Returns
    -------
    low, high : ndarray
        Clopper and Pearson's at the number of unrelated trials that would give this error, but not
        more than there are. NaN where the error is unknown.

    References
    ----------
    Korn & Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, Survey Methodology 24(2).
    """
    share, n = np.asarray(share, float), np.asarray(n, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        unrelated = np.fmin(share * (1 - share) / error.size**2, n)
        unrelated *= (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, error.df)) ** 2
    n_in, n_out = unrelated * share, unrelated * (1 - share)
    low = stats.beta.ppf(0.025, n_in, n_out + 1)
    high = stats.beta.ppf(0.975, n_in + 1, n_out)
    low, high = np.where(share > 0, low, 0), np.where(share < 1, high, 1)
    return tuple(np.where(np.isnan(error.size), np.nan, x) for x in (low, high))


def effective_number(labels: ArrayLike) -> float:
    """Kish's effective number of clusters, (Σn)² / Σn² of their sizes n; NaN without any."""
    n = np.unique(np.asarray(labels), return_counts=True)[1].astype(float)
    return float(n.sum() ** 2 / (n**2).sum()) if n.size else float("nan")


def jackknife_error(without: ArrayLike, takes_part: ArrayLike | None = None) -> Error:
    """Error of estimates from what they are without each cluster.

    Parameters
    ----------
    without : array_like, shape (n_clusters, ...)
        The estimates with one cluster left out.
    takes_part : array_like of bool, same shape, optional
        Clusters that an estimate rests on, where not all do: to leave out another changes nothing
        and says nothing.

    Returns
    -------
    Error
        √((G − 1) / G · Σ (θ₋g − θ̄₋)²) and G − 1, with the G clusters that take part.

    References
    ----------
    Shao & Wu (1989), A general theory for jackknife variance estimation, Ann. Stat. 17(3); Bell &
    McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage
    samples, Survey Methodology 28(2), for G − 1.
    """
    without = np.asarray(without, float)
    if takes_part is None:
        takes_part = np.ones(without.shape, bool)
    takes_part = np.asarray(takes_part, bool)
    n = takes_part.sum(0).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(takes_part, without, 0).sum(0) / n
        square = np.where(takes_part, (without - mean) ** 2, 0).sum(0)
        size = np.sqrt((n - 1) / n * square)
    known = (n >= 2) & ~np.isnan(size)
    return Error(np.where(known, size, np.nan), np.where(known, n - 1, np.nan))


def interval(estimate: ArrayLike, error: Error) -> tuple[Floats, Floats]:
    """95 % limits of an estimate by Student's t; NaN where the error is unknown."""
    margin = stats.t.ppf(0.975, error.df) * error.size
    return np.asarray(estimate) - margin, np.asarray(estimate) + margin


def effective_interval(
    estimate: ArrayLike, without: ArrayLike, n_clusters: ArrayLike
) -> tuple[Floats, Floats]:
    """95 % limits of an estimate over clusters that may be of very unequal size.

    Parameters
    ----------
    estimate, without : array_like, shapes (...) and (n_clusters, ...)
        Whole, and with each cluster left out.
    n_clusters : array_like
        Kish's effective number (:func:`effective_number`): it less 1 is the degrees of freedom.
        With the plain number limits of a mean cover .85 where families are very unequal.
    """
    error = jackknife_error(without)
    df = np.broadcast_to(np.asarray(n_clusters, float) - 1, error.df.shape)
    return interval(estimate, error._replace(df=df))


def expanded_interval(draws: ArrayLike, n_clusters: ArrayLike) -> tuple[Floats, Floats]:
    """95 % limits from resamples of a few clusters: percentiles further out.

    Parameters
    ----------
    draws : array_like, shape (n_resamples, ...)
        The estimate in resamples of whole clusters; NaN is left out.
    n_clusters : array_like of int, shape (...)
        Clusters drawn from.

    Returns
    -------
    low, high : ndarray
        Percentiles at Φ(∓ t √(G / (G − 1))), with t the 97.5 % point of Student's t with G − 1
        degrees of freedom. NaN with fewer than two clusters, or without a draw.

    References
    ----------
    Hesterberg (2015), What teachers should know about the bootstrap, Am. Stat. 69(4), section 5.3:
    a percentile interval is too narrow by √((G − 1) / G) and takes Φ for t.
    """
    draws, n = np.asarray(draws, float), np.asarray(n_clusters, float)
    n = np.broadcast_to(n, draws.shape[1:])
    low, high = np.full((2, *n.shape), np.nan)
    for at in zip(*np.nonzero(n >= 2), strict=True):
        known = draws[:, *at][~np.isnan(draws[:, *at])]
        if known.size:
            tail = stats.norm.cdf(-stats.t.ppf(0.975, n[at] - 1) * np.sqrt(n[at] / (n[at] - 1)))
            low[at], high[at] = np.quantile(known, [tail, 1 - tail])
    return low, high


def over_both(estimate: ArrayLike, *limits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """95 % limits over two crossed samples: the margins of each, added as squares, side by side.

    Parameters
    ----------
    estimate : array_like
        Of a kind of number whose errors add up, such as Fisher's z.
    *limits : tuple of ndarray
        Limits over each sample alone, such as families of models and datasets of benchmarks. What
        both share (a family that stands out in one dataset alone) counts twice: on the safe side.
    """
    estimate = np.asarray(estimate, float)
    below = np.hypot(*(estimate - low for low, _ in limits))
    above = np.hypot(*(high - estimate for _, high in limits))
    return estimate - below, estimate + above


def crossed_limits(
    estimate: ArrayLike,
    families: tuple[Floats, Floats],
    datasets: tuple[Floats, Floats],
    n_datasets: ArrayLike,
) -> Floats:
    """Limits over families, over datasets and over both (:func:`over_both`), as :data:`LIMITS`.

    Those over datasets are NaN with fewer than :data:`MIN_DATASETS` of them, those over both with
    fewer than :data:`MIN_DATASETS_OF_BOTH`.
    """
    n, both = np.asarray(n_datasets), over_both(estimate, families, datasets)
    datasets = (np.where(n < MIN_DATASETS, np.nan, limit) for limit in datasets)
    both = (np.where(n < MIN_DATASETS_OF_BOTH, np.nan, limit) for limit in both)
    return np.array([*families, *datasets, *both])


class Correlation(NamedTuple):
    """What a cluster-robust error says of correlations.

    Attributes
    ----------
    ci_low, ci_high : ndarray
        95 % limits in [−1, 1].
    p_value : ndarray
        Two-sided, of no correlation.
    error, df : ndarray
        Of Fisher's z.
    """

    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    error: Floats
    df: Floats


def correlation_inference(
    estimate: ArrayLike, without: ArrayLike, takes_part: ArrayLike | None = None
) -> Correlation:
    """Limits and p-value of correlations between models that come in families.

    Parameters
    ----------
    estimate : array_like, shape (...)
        Correlations in [−1, 1], of any kind; NaN where unknown.
    without : array_like, shape (n_families, ...)
        The same with each family left out.
    takes_part : array_like of bool, same shape, optional
        As of :func:`jackknife_error`.

    Returns
    -------
    Correlation
        By the jackknife of Fisher's z and t with G − 1 degrees of freedom. NaN where the estimate,
        or one without a family, is NaN or ±1, and with fewer than two families.
    """
    z, deleted = (fisher_z(r) for r in (estimate, without))
    error = jackknife_error(deleted, takes_part)
    low, high = interval(z, error)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = 2 * stats.t.sf(np.abs(z) / error.size, error.df)
    known = ~np.isnan(z) & (error.size > 0)
    limits = (np.where(known, a, np.nan) for a in (np.tanh(low), np.tanh(high), p_value))
    return Correlation(*limits, *error)


def fisher_z(correlation: ArrayLike) -> Floats:
    """Fisher's z, artanh r; NaN for ±1, which has no finite one."""
    correlation = np.asarray(correlation, float)
    inside = np.abs(correlation) <= _LARGEST
    return np.arctanh(np.where(inside, correlation, np.nan))


def minimum_detectable(error: ArrayLike, df: ArrayLike, n_tests: ArrayLike) -> Floats:
    """Smallest absolute correlation that Bonferroni over ``n_tests`` would call significant at 5 %.

    Parameters
    ----------
    error, df : array_like
        Of Fisher's z, as :func:`correlation_inference` gives them.
    n_tests : array_like of int
        Pairs tested together.
    """
    return np.tanh(stats.t.isf(0.05 / np.asarray(n_tests, float) / 2, df) * np.asarray(error))


def without_each(
    values: ArrayLike, labels: ArrayLike, estimate: Callable[[Floats], ArrayLike]
) -> Floats:
    """What an estimate is without each cluster of rows.

    Parameters
    ----------
    values : array_like, shape (n_rows, ...)
        For example scores of models.
    labels : array_like, shape (n_rows,)
        Cluster of each row, for example a model's family.
    estimate : callable
        Takes the rows that are left.

    Returns
    -------
    ndarray, shape (n_clusters, ...)
        In the sorted order of the labels.
    """
    values, labels = np.asarray(values), np.asarray(labels)
    return np.array([estimate(values[labels != label]) for label in np.unique(labels)])


def folds(groups: ArrayLike, n_folds: int = 5) -> Ints:
    """A fold for each row, whole groups together: the largest group to the smallest fold."""
    _, group, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    fold_of, rows = np.zeros(len(size), np.int64), np.zeros(n_folds, np.int64)
    for at in np.argsort(-size, kind="stable"):
        fold_of[at] = rows.argmin()
        rows[fold_of[at]] += size[at]
    return fold_of[group]


def left_out(labels: ArrayLike, n_cells: int) -> NDArray[np.str_]:
    """What is left out one after another: each cluster, or groups of them where work is too much.

    Parameters
    ----------
    labels : array_like of str, shape (n_rows,)
        Cluster of each row.
    n_cells : int
        Cells that one estimate goes through: models × pairs of benchmarks.

    Returns
    -------
    ndarray of str, shape (n_rows,)
        The labels, or, beyond ``budget.MOST_CELLS``, numbers of groups of whole clusters, of nearly
        one size (Kott 2001, The delete-a-group jackknife, J. Off. Stat. 17(4)).
    """
    labels = np.asarray(labels, str)
    n_clusters = len(np.unique(labels))
    most = n_resamples(n_clusters, n_cells, FEWEST_GROUPS)
    return labels if n_clusters <= most else folds(labels, most).astype(str)


class MeanDifference(NamedTuple):
    """A mean of paired differences and how sure it is; see :func:`mean_difference`."""

    mean: float
    ci_low: float
    ci_high: float
    probability_above: float
    n: int
    n_clusters: int


def mean_difference(differences: ArrayLike, clusters: ArrayLike) -> MeanDifference:
    """Mean of differences that are alike within clusters, with a 95 % interval.

    Parameters
    ----------
    differences : array_like of float, shape (n,)
        One model less another, per benchmark. NaN is left out.
    clusters : array_like of str, shape (n,)
        What each belongs to, for example the dataset of the benchmark.

    Returns
    -------
    MeanDifference
        The plain mean, its interval by the jackknife of clusters and Student's t, and both counts
        after NaN is left out. ``probability_above`` is Student's distribution at mean / error, the
        probability of a positive mean over other clusters. Interval and probability are NaN with
        fewer than two clusters, the probability also where the mean is the same without any; the
        mean of nothing is NaN.

    Raises
    ------
    ValueError
        Differences and clusters are not of one length.
    """
    differences, clusters = np.asarray(differences, float), np.asarray(clusters, str)
    if differences.shape != clusters.shape or differences.ndim != 1:
        raise ValueError(
            f"differences have the shape {differences.shape}, clusters {clusters.shape}: "
            "give one cluster for each difference"
        )
    known = ~np.isnan(differences)
    differences, clusters = differences[known], clusters[known]
    n, n_clusters = len(differences), len(np.unique(clusters))
    mean = float(differences.mean()) if n else np.nan
    if n_clusters < 2:
        return MeanDifference(mean, np.nan, np.nan, np.nan, n, n_clusters)
    error = jackknife_error(without_each(differences, clusters, np.mean))
    low, high = interval(mean, error)
    above = stats.t.cdf(mean / error.size, error.df) if error.size > 0 else np.nan
    return MeanDifference(mean, float(low), float(high), float(above), n, n_clusters)


def shared_members(scores: ArrayLike, labels: ArrayLike) -> NDArray[np.int64]:
    """How many models of each family every pair of benchmarks shares.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    labels : array_like, shape (n_models,)
        Family of each model.

    Returns
    -------
    ndarray of int, shape (n_families, n_benchmarks, n_benchmarks)
        In the sorted order of the labels.
    """
    present, labels = (~np.isnan(np.asarray(scores, float))).astype(float), np.asarray(labels)
    families = (present[labels == label] for label in np.unique(labels))
    return np.array([rows.T @ rows for rows in families]).astype(np.int64)


@lru_cache(maxsize=32)
def _wild_weights(n_clusters: int, points: tuple[float, ...], n_draws: int) -> tuple[Floats, bool]:
    """All patterns of weights where there are no more than draws, else draws; and which of both."""
    if len(points) ** n_clusters <= n_draws:
        return np.array(list(product(points, repeat=n_clusters))), True
    return np.random.default_rng(SEED).choice(points, (n_draws, n_clusters)), False


def wild_p_value(
    design: Floats,
    y: Floats,
    members: Floats,
    term: int,
    n_clusters: int | None = None,
    n_draws: int = N_DRAWS,
) -> float:
    """Two-sided p of one coefficient of least squares, by a wild bootstrap of clusters.

    Parameters
    ----------
    design : ndarray, shape (n_units, n_terms)
        Of full rank.
    y : ndarray, shape (n_units,)
        What is explained.
    members : ndarray, shape (n_all_clusters, n_units)
        1 where a unit is of a cluster.
    term : int
        Place of the coefficient that is zero under the null.
    n_clusters : int, optional
        Clusters that the coefficient rests on, where not all: it decides on the weights.
    n_draws : int
        Draws, where all patterns are not fewer.

    Returns
    -------
    float
        Share of draws whose squared t, robust to clusters, is not smaller than that of the data
        (which counts as a draw, unless all patterns are gone through). It ends with the first
        draws where their share lies above `FAR_FROM_SIGNIFICANT`.

    Notes
    -----
    The null is imposed. Residuals of a cluster keep or change their sign together (Rademacher's
    weights), or take one of Webb's six from fewer than `MIN_SIGNS` clusters. Each draw needs the
    clusters' scores alone: with b = a′y and residuals u of the restricted fit, b* = Σ w_g a_g′u_g,
    and the score of cluster g is w_g a_g′u_g − a_g′X_g Σ_h w_h (X′X)⁻¹X_h′u_h. A cluster without
    a score takes no part. Draws that tie with the data on paper count, to nine digits.

    References
    ----------
    Cameron, Gelbach & Miller (2008), Bootstrap-based improvements for inference with clustered
    errors, Rev. Econ. Stat. 90(3); Webb (2023), Reworking wild bootstrap-based inference for
    clustered errors, Can. J. Econ. 56(3); Roodman et al. (2019), Fast and wild, Stata J. 19(1).
    """
    q, r = np.linalg.qr(design)
    influence = q @ np.linalg.inv(r).T
    own = influence[:, term]
    coefficients = y @ influence
    restricted = y - design @ coefficients + own * (coefficients[term] / (own @ own))
    shares = members @ np.abs(own)
    members = members[shares > 1e-12 * shares.max()]
    moved = members @ (influence * restricted[:, None])  # (X'X)⁻¹X_h'u_h
    lean = members @ (own[:, None] * design)  # a_g'X_g
    score = moved[:, term]
    points = _SIX_POINTS if (n_clusters or len(members)) < MIN_SIGNS else _SIGNS
    weights, is_complete = _wild_weights(len(members), points, n_draws)
    # Σ_g (w_g s_g − p_g'v)² = Σ w²s² − 2 v'Σ w_g s_g p_g + v'P'Pv with v = Σ_h w_h (X'X)⁻¹X_h'u_h
    at_once, lean_square = np.hstack([moved, score[:, None] * lean]), lean.T @ lean

    def squared_t(weights: Floats) -> Floats:
        v, cross = np.hsplit(weights @ at_once, 2)
        alone = score @ score if points == _SIGNS else weights**2 @ score**2
        square = alone - 2 * (v * cross).sum(1) + (v @ lean_square * v).sum(1)
        with np.errstate(divide="ignore"):
            return v[:, term] ** 2 / np.maximum(square, 0)

    observed = squared_t(np.ones((1, len(members))))[0] * (1 - 1e-9)
    if is_complete:
        return float((squared_t(weights) >= observed).mean())
    p_value = np.nan
    for drawn in (weights[:N_FIRST_DRAWS], weights):
        p_value = ((squared_t(drawn) >= observed).sum() + 1) / (len(drawn) + 1)
        if p_value > FAR_FROM_SIGNIFICANT:
            break
    return float(p_value)
