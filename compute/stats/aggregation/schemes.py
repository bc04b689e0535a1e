"""Nine schemes: ways of turning many scores of a model into one."""

from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike

from compute.stats.aggregation import kemeny, plackett_luce
from compute.stats.budget import spread_evenly
from compute.stats.ranks import Floats, average_ranks, score_matrix

TIED = 1e-9
"""Aggregated scores closer than this share of the largest one tie: sums taken in another order
differ by some 1e-16 of it."""


def rank(scores: ArrayLike) -> Floats:
    """Average ranks of aggregated scores, 1 = best; a matrix is ranked row by row (`TIED`)."""
    return average_ranks(scores, tied=TIED)


class Scheme(NamedTuple):
    """A way of turning many scores of a model into one.

    Attributes
    ----------
    title : str
        For people.
    scored : callable
        Takes scores (models × benchmarks, NaN where missing; no benchmark is empty) and gives one
        per model, NaN for a model that it does not rank.
    is_average : bool
        An average over benchmarks, or over rivals, whose error the datasets left out can give.
    """

    title: str
    scored: Callable[[Floats], Floats]
    is_average: bool = True


def _average(terms: Floats, shares: Floats | None = None) -> Floats:
    """Mean over benchmarks of ``terms`` (NaN = absent), or Σ terms / Σ shares."""
    known = ~np.isnan(terms)
    shares = np.where(known, 1.0 if shares is None else shares, 0)
    with np.errstate(invalid="ignore"):
        means = np.where(known, terms, 0).sum(1) / shares.sum(1)
    # terms can cancel to rounding noise in every model: then all are equally 0
    largest = np.abs(terms[known]).max(initial=0)
    is_noise = np.fmax.reduce(np.abs(means), initial=0) < TIED * largest
    return means * 0 if is_noise else means


# mean, z, robust z, min-max: (score − centre) / spread, averaged


def _z(scores: Floats) -> Floats:
    """Terms of the mean of z-scores, with the sample standard deviation."""
    centred = scores - np.nanmean(scores, axis=0)
    n = (~np.isnan(scores)).sum(0)
    return centred / np.sqrt(np.nansum(centred**2, axis=0) / (n - 1))


def _robust_z(scores: Floats) -> Floats:
    """Terms of the mean of robust z-scores: 1.4826 MAD is the sd of a normal."""
    centred = scores - np.nanmedian(scores, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(centred), axis=0)
    return centred / np.where(spread > 0, spread, np.nan)


def _minmax(scores: Floats) -> Floats:
    """Terms of the mean of min-max scores."""
    low = np.nanmin(scores, axis=0)
    return (scores - low) / (np.nanmax(scores, axis=0) - low)


def _scaled(terms: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Average terms over the benchmarks on which the models vary."""

    def scored(scores: Floats) -> Floats:
        return _average(terms(scores[:, np.nanmax(scores, axis=0) > np.nanmin(scores, axis=0)]))

    return scored


# mean rank, Borda


def _beaten(scores: Floats) -> tuple[Floats, Floats]:
    """How many models each model beats on each benchmark (a tie is ½), and how many it met."""
    met = (~np.isnan(scores)).sum(0) - 1.0
    return met + 1 - average_ranks(scores, axis=0), met


def _mean_rank(scores: Floats) -> Floats:
    beaten, met = _beaten(scores)
    return _average((beaten + 1) / (met + 1))


def _borda(scores: Floats) -> Floats:
    beaten, met = _beaten(scores)
    return _average(beaten, np.broadcast_to(met, scores.shape))


# win rate (Copeland)


@numba.njit(cache=True, nogil=True)
def _majorities(scores, rivals):
    """Points of each model against each rival that it met (1, ½ or 0, by most benchmarks)."""
    n, k = scores.shape
    points, n_met = np.zeros((2, n))
    for i in range(n):
        for j in rivals:
            above, below, tied = 0, 0, 0
            for b in range(k):
                above += scores[i, b] > scores[j, b]
                below += scores[i, b] < scores[j, b]
                tied += scores[i, b] == scores[j, b]
            if i != j and above + below + tied > 0:
                n_met[i] += 1
                points[i] += (1 + np.sign(above - below)) / 2
    return points, n_met


def _win_rate(scores: Floats) -> Floats:
    # a choice of columns lies column by column, where a model's scores are far apart
    points, n_met = _majorities(np.ascontiguousarray(scores), spread_evenly(len(scores)))
    with np.errstate(invalid="ignore"):
        return points / n_met


def _kemeny(scores: Floats) -> Floats:
    return kemeny.scored(scores, _average(scores))


SCHEMES: dict[str, Scheme] = {
    "arithmetic_mean": Scheme("Arithmetic mean", _average),
    "z_mean": Scheme("Mean of z-scores", _scaled(_z)),
    "robust_z_mean": Scheme("Mean of robust z-scores", _scaled(_robust_z)),
    "minmax_mean": Scheme("Mean of min-max scores", _scaled(_minmax)),
    "mean_rank": Scheme("Mean rank", _mean_rank),
    "borda": Scheme("Borda count", _borda),
    "win_rate": Scheme("Win rate (Copeland)", _win_rate),
    "plackett_luce": Scheme("Plackett–Luce", plackett_luce.strengths, is_average=False),
    "kemeny": Scheme("Kemeny", _kemeny, is_average=False),
}
REFERENCE = "arithmetic_mean"


def scheme_named(name: str) -> Scheme:
    """Look up a scheme; ValueError names the known ones."""
    if name not in SCHEMES:
        raise ValueError(f"no scheme {name!r}; known: {', '.join(SCHEMES)}")
    return SCHEMES[name]


def aggregate(scores: ArrayLike, scheme: str) -> Floats:
    """One score per model.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Higher is better; NaN where a cell is missing.
    scheme : str
        A key of ``SCHEMES``:

        - ``arithmetic_mean``: mean of the scores;
        - ``z_mean``: mean of (score − mean) / sample sd;
        - ``robust_z_mean``: mean of (score − median) / (1.4826 MAD);
        - ``minmax_mean``: mean of (score − min) / (max − min);
        - ``mean_rank``: mean of (n − rank + 1) / n, n the models of the benchmark;
        - ``borda``: models beaten over all benchmarks (a tie is ½), divided by those it met. With
          complete scores the order is that of ``mean_rank``; with holes, benchmarks with many
          models count for more;
        - ``win_rate``: Copeland's rule, the share of rivals beaten on a majority of the benchmarks
          both have; a draw is ½. Of more than ``budget.MOST_RIVALS`` models so many, spread evenly
          over the rows, are everyone's rivals;
        - ``plackett_luce``: log strengths, with the prior N(0, 50) because a model that is first
          everywhere has no finite one;
        - ``kemeny``: n − mean place over all orders that disagree least with the benchmarks, pair
          by pair. Exact. Of more than 12 models only the 12 best by arithmetic mean (ties: first
          rows first) are ordered.

    Returns
    -------
    ndarray, shape (n_models,)
        Higher is better. NaN for a model without any usable score. A benchmark on which the models
        do not vary (sd, MAD or range 0) is left out of the scheme that would divide by that.

    Raises
    ------
    ValueError
        Unknown scheme, or an infinity.
    """
    scores = score_matrix(scores)
    return scheme_named(scheme).scored(scores[:, ~np.isnan(scores).all(0)])
