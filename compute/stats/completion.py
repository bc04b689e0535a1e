"""Missing scores predicted from a model's other scores, its family and its covariates.

A factor model: what a model is on all benchmarks together are a few factors, of which its family
decides a share; each benchmark loads on them and adds a rest of its own. Scores, and covariates
such as size and accuracy, are columns of one Gaussian table in which any cell may be missing, so
that a model is known from whatever it has. Fitted by expectation maximisation (Rubin & Thayer 1982,
EM algorithms for ML factor analysis, Psychometrika 47(1)); loadings are drawn towards zero, because
there are nearly as many as scores.

The Gaussian model says what to predict and how sure it is of one cell against another. How wide an
interval has to be is measured: on scores that are hidden in the pattern in which others are
missing, of families that the fit has not seen (split conformal prediction; Lei et al. 2018,
Distribution-free predictive inference for regression, JASA 113).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from compute.stats.ranks import Floats, Ints, average_ranks

N_FACTORS, N_STEPS = 16, 15
SHRINKAGE = 20.0
"""Loadings are drawn to zero as by so many models with factors of variance 1 and scores of 0."""
PRIOR_NOISE, PRIOR_MODELS = 0.1, 5.0
"""The variance of a rest is drawn to the former, as by so many models."""
LEVEL = 0.95


class Factors(NamedTuple):
    """What scores are made of, in their own units.

    Attributes
    ----------
    mean, noise : ndarray, shape (n_columns,)
        Of a model of which nothing is known; variance of the rest.
    loadings : ndarray, shape (n_columns, n_factors)
    shared : float
        Share of the variance of the factors that families decide.
    precision, information : ndarray, shape (n_families, n_factors, n_factors) and without the last
        What the models of each family say of its factors: inverse covariance, and times the mean.
    """

    mean: Floats
    noise: Floats
    loadings: Floats
    shared: float
    precision: Floats
    information: Floats

    def of(self, families: Ints) -> "Factors":
        """The same with the evidence of the family of each model; none for −1, an unknown one."""
        n = self.loadings.shape[1]
        known = np.asarray(families) >= 0
        prior = np.eye(n) / self.shared
        return self._replace(
            precision=np.where(known[:, None, None], self.precision[families], prior),
            information=np.where(known[:, None], self.information[families], 0),
        )


class Abilities(NamedTuple):
    """Factors of each model given scores: ``mean`` (n_models, k), ``covariance`` (…, k, k)."""

    mean: Floats
    covariance: Floats


def _evidence(factors: Factors, scores: Floats) -> tuple[Floats, Floats]:
    """What each model's own scores say of its factors: precision and information."""
    n = factors.loadings.shape[1]
    squares = factors.loadings[:, :, None] * factors.loadings[:, None, :]
    squares = (squares / factors.noise[:, None, None]).reshape(-1, n * n)
    known = ~np.isnan(scores)
    off = np.where(known, scores - factors.mean, 0) / factors.noise
    return (known @ squares).reshape(-1, n, n), off @ factors.loadings


def _of_family(shared: float, precision: Floats, information: Floats) -> tuple[Floats, Floats]:
    """The same of the factors of its family, in which a model's own part is noise."""
    seen = np.linalg.inv(np.eye(precision.shape[-1]) + (1 - shared) * precision)
    return precision @ seen, _times(np.swapaxes(seen, 1, 2), information)


def _times(matrices: Floats, vectors: Floats) -> Floats:
    return (matrices @ vectors[..., None])[..., 0]


def _abilities(
    shared: float, own: tuple[Floats, Floats], family: Abilities
) -> tuple[Abilities, Floats]:
    """Factors of models from their own scores and those of their family, and how both move."""
    apart = 1 - shared
    alone = np.linalg.inv(own[0] + np.eye(own[0].shape[-1]) / apart)
    pull = alone / apart
    mean = _times(alone, own[1] + family.mean / apart)
    moved = pull @ family.covariance
    return Abilities(mean, alone + moved @ np.swapaxes(pull, 1, 2)), moved


def abilities(factors: Factors, scores: Floats, families: Ints) -> Abilities:
    """Factors of models that the fit has not seen, from their own scores and their family's.

    Parameters
    ----------
    factors : Factors
        Of other models.
    scores : ndarray, shape (n_models, n_columns)
        NaN where missing; one model is not informed by another.
    families : ndarray of int, shape (n_models,)
        As the fit numbers them, −1 for one it has not seen.
    """
    own = _evidence(factors, scores)
    said = _of_family(factors.shared, *own)
    prior = factors.of(families)
    covariance = np.linalg.inv(prior.precision + said[0])
    family = Abilities(_times(covariance, prior.information + said[1]), covariance)
    return _abilities(factors.shared, own, family)[0]


def fit(scores: ArrayLike, families: Ints, n_factors: int = N_FACTORS) -> tuple[Factors, Abilities]:
    """Factors of a table with missing cells, and those of each of its models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_columns)
        NaN where missing. Each column needs two unlike scores.
    families : ndarray of int, shape (n_models,)
        A number from 0 for each family.
    n_factors : int
        No more than there are columns or models.

    Returns
    -------
    Factors, Abilities

    Raises
    ------
    ValueError
        A column has no two unlike scores.
    """
    scores = np.asarray(scores, float)
    known = ~np.isnan(scores)
    if (known.sum(0) < 2).any() or (spread := np.nanstd(scores, 0)).min() == 0:
        raise ValueError("a column has no two unlike scores: leave it out")
    middle = np.nanmean(scores, 0)
    z = (scores - middle) / spread
    n, n_columns = z.shape
    n_factors = min(n_factors, n, n_columns)
    filled = np.where(known, z, 0)
    _, size, axes = np.linalg.svd(filled, full_matrices=False)
    factors = Factors(
        mean=np.zeros(n_columns),
        noise=np.full(n_columns, 0.5),
        loadings=axes[:n_factors].T * size[:n_factors] / np.sqrt(n),
        shared=0.5,
        precision=np.empty(0),
        information=np.empty(0),
    )
    drawn = np.append(np.full(n_factors, SHRINKAGE), 0)
    counts = known.sum(0)
    for step in range(N_STEPS + 1):
        own = _evidence(factors, z)
        said = _of_family(factors.shared, *own)
        precision = np.tile(np.eye(n_factors) / factors.shared, (families.max() + 1, 1, 1))
        information = np.zeros(precision.shape[:2])
        np.add.at(precision, families, said[0])
        np.add.at(information, families, said[1])
        factors = factors._replace(precision=precision, information=information)
        covariance = np.linalg.inv(precision)
        family = Abilities(_times(covariance, information), covariance)
        of_model = Abilities(family.mean[families], covariance[families])
        found, moved = _abilities(factors.shared, own, of_model)
        if step == N_STEPS:
            break
        # regression of each column on the factors, of which only the moments are known
        ones = np.column_stack([found.mean, np.ones(n)])
        moments = ones[:, :, None] * ones[:, None, :]
        moments[:, :-1, :-1] += found.covariance
        products = (known.T @ moments.reshape(n, -1)).reshape(n_columns, n_factors + 1, -1)
        slopes = np.linalg.solve(products + np.diag(drawn), (filled.T @ ones)[:, :, None])[..., 0]
        loadings, mean = slopes[:, :-1], slopes[:, -1]
        square = (z - mean - found.mean @ loadings.T) ** 2 + _quadratic(found.covariance, loadings)
        noise = np.where(known, square, 0).sum(0) + PRIOR_NOISE * PRIOR_MODELS
        # how far families spread, and models in them; the scale goes into the loadings
        apart = found.covariance + of_model.covariance - 2 * moved
        between = (family.mean**2).sum(1) + np.trace(covariance, axis1=1, axis2=2)
        within = ((found.mean - of_model.mean) ** 2).sum(1) + np.trace(apart, axis1=1, axis2=2)
        parts = np.array([between.mean(), within.mean()]) / n_factors
        factors = factors._replace(
            mean=mean,
            noise=noise / (counts + PRIOR_MODELS),
            loadings=loadings * np.sqrt(parts.sum()),
            shared=float(np.clip(parts[0] / parts.sum(), 0.01, 0.99)),
        )
    in_units = factors._replace(
        mean=middle + spread * factors.mean,
        noise=spread**2 * factors.noise,
        loadings=spread[:, None] * factors.loadings,
    )
    return in_units, found


def _quadratic(covariance: Floats, vectors: Floats) -> Floats:
    """v′ C v of each covariance (rows) and vector (columns)."""
    n = vectors.shape[1]
    squares = (vectors[:, :, None] * vectors[:, None, :]).reshape(-1, n * n)
    return covariance.reshape(-1, n * n) @ squares.T


class Predicted(NamedTuple):
    """Means and standard errors of what was not measured."""

    mean: Floats
    error: Floats


def cells(factors: Factors, of: Abilities) -> Predicted:
    """Every cell of models, as if it had no score: shape (n_models, n_columns)."""
    variance = _quadratic(of.covariance, factors.loadings) + factors.noise
    return Predicted(factors.mean + of.mean @ factors.loadings.T, np.sqrt(variance))


def sums(factors: Factors, of: Abilities, weights: Floats) -> Predicted:
    """A weighted sum of the missing cells of each model.

    Parameters
    ----------
    factors : Factors
        Of the table.
    of : Abilities
        Of n_models.
    weights : ndarray, shape (n_models, n_columns)
        0 where the score is known.

    Returns
    -------
    Predicted
        Each of shape (n_models,).
    """
    along = weights @ factors.loadings
    variance = (along * _times(of.covariance, along)).sum(1) + weights**2 @ factors.noise
    return Predicted(weights @ factors.mean + (along * of.mean).sum(1), np.sqrt(variance))


def errors_after(factors: Factors, of: Abilities, weights: Floats, runs: ArrayLike) -> Floats:
    """Standard error that the sum of each model would have after one more run.

    Parameters
    ----------
    factors : Factors
        Of the table.
    of : Abilities
        Of n_models.
    weights : ndarray, shape (n_models, n_columns)
        As of :func:`sums`.
    runs : array_like of bool, shape (n_runs, n_columns)
        The cells that each run would score, where a model has none yet.

    Returns
    -------
    ndarray, shape (n_models, n_runs)
        It does not depend on what the run would find: in a Gaussian table variances of cells given
        others are known beforehand. The run tells of the other missing cells through the factors.
    """
    precision = np.linalg.inv(of.covariance)
    squares = factors.loadings[:, :, None] * factors.loadings[:, None, :]
    squares = squares / factors.noise[:, None, None]
    found = []
    for run in np.asarray(runs, bool):
        scored = ((weights != 0) & run).astype(float)
        told = np.tensordot(scored, squares, 1)
        after = Abilities(of.mean, np.linalg.inv(precision + told))
        found.append(sums(factors, after, np.where(run, 0, weights)).error)
    return np.array(found).T


# How wide an interval has to be


class Masked(NamedTuple):
    """What was predicted of scores that were hidden, NaN where none was.

    Attributes
    ----------
    error, spread : ndarray, shape (n_patterns, n_rows, n_columns)
        Score less prediction, and the standard error that the model states.
    sum_error, sum_spread : ndarray, shape (n_sums, n_patterns, n_rows)
        The same of weighted sums of the hidden cells, of models that have every score.
    """

    error: Floats
    spread: Floats
    sum_error: Floats
    sum_spread: Floats


def masked(
    scores: Floats,
    families: Ints,
    fold: Ints,
    patterns: NDArray[np.bool_],
    weights: Floats,
    rows: Ints | None = None,
) -> Masked:
    """Hide scores of each model in every pattern, and predict them from the other folds.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_columns)
        NaN where missing.
    families : ndarray of int, shape (n_models,)
        A number for each family.
    fold : ndarray of int, shape (n_models,)
        With a family in one fold alone, it is one that the fit has not seen.
    patterns : ndarray of bool, shape (n_patterns, n_columns)
        Columns that stay.
    weights : ndarray, shape (n_sums, n_columns)
        Of each sum; where all are 0 no score is needed to have every one.
    rows : ndarray of int, optional
        The models whose scores are hidden, where not all; the fits are of all.
    """
    place = np.full(len(scores), -1)
    rows = np.arange(len(scores)) if rows is None else rows
    place[rows] = np.arange(len(rows))
    shape = (len(patterns), len(rows), scores.shape[1])
    of_sums = (len(weights), *shape[:2])
    found = Masked(*(np.full(s, np.nan) for s in (shape, shape, of_sums, of_sums)))
    complete = ~np.isnan(scores[:, weights.any(0)]).any(1)
    for held, factors, seen in _without_folds(scores, families, fold):
        seen, held = seen[place[held] >= 0], held & (place >= 0)
        at, whole = place[held], complete[held]
        for i, pattern in enumerate(patterns):
            of = abilities(factors, np.where(pattern, scores[held], np.nan), seen)
            predicted = cells(factors, of)
            error = np.where(pattern, np.nan, scores[held] - predicted.mean)
            found.error[i, at] = error
            found.spread[i, at] = np.where(np.isnan(error), np.nan, predicted.error)
            of_whole = Abilities(*(a[whole] for a in of))
            for j, each in enumerate(weights):
                hidden = np.tile(np.where(pattern, 0, each), (whole.sum(), 1))
                spread = sums(factors, of_whole, hidden).error
                found.sum_error[j, i, at[whole]] = np.nansum(error[whole] * hidden, 1)
                found.sum_spread[j, i, at[whole]] = np.where(spread > 0, spread, np.nan)
    return found


def _without_folds(
    scores: Floats, families: Ints, fold: Ints
) -> Iterator[tuple[NDArray[np.bool_], Factors, Ints]]:
    """Each fold's models, the factors of the others, and the families as these know them."""
    for at in np.unique(fold):
        held = fold == at
        names, numbered = np.unique(families[~held], return_inverse=True)
        place = np.searchsorted(names, families[held]).clip(max=len(names) - 1)
        factors, _ = fit(scores[~held], numbered)
        yield held, factors, np.where(names[place] == families[held], place, -1)


def conformal_factor(ratios: Floats) -> Floats:
    """By what a stated error has to be multiplied to hold 95 % of the errors.

    Parameters
    ----------
    ratios : ndarray, shape (n_patterns, n_models, ...)
        Absolute error over stated error; NaN is left out.

    Returns
    -------
    ndarray, shape (n_patterns, ...)
        The ⌈.95 (n + 1)⌉-th smallest of n ratios. NaN with fewer than 19: no interval is wide
        enough to be sure of.
    """
    ordered = np.sort(ratios, axis=1)
    n = (~np.isnan(ratios)).sum(1)
    place = np.ceil(LEVEL * (n + 1) - 1e-9).astype(np.int64) - 1
    inside = np.clip(place, 0, ratios.shape[1] - 1)
    factor = np.take_along_axis(ordered, inside[:, None], 1)[:, 0]
    return np.where((place >= 0) & (place < n), factor, np.nan)


def covered(ratios: Floats, fold: Ints, others: Floats | None = None) -> tuple[Floats, Floats]:
    """Whether intervals hold errors that did not calibrate them, and by what they were widened.

    Parameters
    ----------
    ratios : ndarray, shape (n_patterns, n_models, ...)
        Absolute error over stated error; NaN where there is none.
    fold : ndarray of int, shape (n_models,)
        Models of one fold are checked with the factor of the others.
    others : ndarray, same shape as ratios, optional
        Ratios to calibrate by, where not the same.

    Returns
    -------
    is_inside, factor : ndarray, same shape as ratios
        NaN where there is no error or no interval.
    """
    others = ratios if others is None else others
    factor = np.full(ratios.shape, np.nan)
    for at in np.unique(fold):
        factor[:, fold == at] = conformal_factor(others[:, fold != at])[:, None]
    unknown = np.isnan(ratios) | np.isnan(factor)
    return np.where(unknown, np.nan, ratios <= factor), np.where(unknown, np.nan, factor)


# Pushed through to ranks


def rank_limits(mean: Floats, error: Floats, seed: int, n_draws: int = 2000) -> Floats:
    """95 % limits of each model's rank, when all averages are drawn at once.

    Parameters
    ----------
    mean, error : ndarray, shape (n_models,)
        Of each average; an error of 0 where it is known.
    seed, n_draws : int
        Of the draws.

    Returns
    -------
    ndarray, shape (2, n_models)
        NaN everywhere if an error is: ranks depend on every model.
    """
    if np.isnan(error).any():
        return np.full((2, len(mean)), np.nan)
    drawn = np.random.default_rng(seed).normal(size=(n_draws, len(mean))) * error + mean
    return np.quantile(average_ranks(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)


class Places:
    """Expected rank of a value among models whose averages are Gaussian.

    Parameters
    ----------
    mean, error : ndarray, shape (n_models,)
        Of each average; an error of 0 where it is known.
    """

    N_VALUES, N_NODES = 2000, 15

    def __init__(self, mean: Floats, error: Floats) -> None:
        self.mean, self.error = mean, error
        reach = 5 * error.max() + 1e-9
        self.values = np.linspace(mean.min() - reach, mean.max() + reach, self.N_VALUES)
        self.above = _exceeds(mean, error, self.values[:, None]).sum(1)

    def widths(self, errors: Floats) -> Floats:
        """Expected width of the 95 % interval of a rank that is left with other errors.

        Parameters
        ----------
        errors : ndarray, shape (n_models, n_runs)
            Of each model's average after a run; what it finds is not known yet, so the average
            moves by the rest of its present error.
        """
        nodes, shares = np.polynomial.hermite_e.hermegauss(self.N_NODES)
        moves = np.sqrt(np.maximum(self.error[:, None] ** 2 - errors**2, 0))
        centre = self.mean[:, None, None] + moves[..., None] * nodes
        margin = special.ndtri((1 + LEVEL) / 2) * errors[..., None]
        low, high = (self._rank(centre + sign * margin) for sign in (1, -1))
        return ((high - low) * (shares / shares.sum())).sum(-1)

    def _rank(self, value: Floats) -> Floats:
        """Expected number of other models above a value, per model (first axis)."""
        itself = _exceeds(self.mean[:, None, None], self.error[:, None, None], value)
        return np.interp(value, self.values, self.above) - itself


def _exceeds(mean: Floats, error: Floats, value: Floats) -> Floats:
    """Probability that a Gaussian average lies above a value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error > 0, special.ndtr((mean - value) / error), mean > value)
