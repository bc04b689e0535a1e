"""Scores that stand alone: far from all others of a benchmark, and unlike the model's other scores.

A score far from the rest need not be wrong: the best model of its kind stands there, or one that
was never trained. Its other scores tell: they are extreme too. A score is doubted here only where
they are not.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.stats.ranks import Floats, average_ranks, score_matrix

FAR = 5.0
"""Robust standard deviations (1.4826 MAD) between the median of a benchmark and such a score."""
GAP = 2.0
"""Robust standard deviations without any model between the score and the rest."""
BEYOND = 1
"""Other models that may stand beyond the gap."""
EXTREME = 0.25
"""The model's other scores support it where their median percentile is this near the same end."""
FEWEST_MODELS = 20
FEWEST_OTHERS = 3


class Outliers(NamedTuple):
    """Doubted cells of a matrix of models × benchmarks, one entry each.

    Attributes
    ----------
    model, benchmark : ndarray of int
        Row and column.
    robust_z : ndarray
        (score − median) / (1.4826 MAD).
    gap : ndarray
        Robust standard deviations without any model between the score and the rest.
    percentile_elsewhere : ndarray
        Median, over the model's other benchmarks of the group, of the share of models it beats.
    """

    model: NDArray[np.int64]
    benchmark: NDArray[np.int64]
    robust_z: Floats
    gap: Floats
    percentile_elsewhere: Floats


def outliers(scores: ArrayLike, groups: ArrayLike) -> Outliers:
    """Find the scores that stand alone and that the model's other scores do not support.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    groups : array_like of str, shape (n_benchmarks,)
        What each benchmark is of, as neural or behavioural: scores of one group support each other.

    Returns
    -------
    Outliers
        The cells at least `FAR` robust standard deviations from the median, with an empty gap of
        `GAP` of them towards it and at most `BEYOND` others on the far side, of models whose other
        scores in the group (`FEWEST_OTHERS` or more) have their median percentile more than
        `EXTREME` away from that end. A benchmark with fewer than `FEWEST_MODELS` scores, or where
        half of them are equal, has none.
    """
    scores, groups = score_matrix(scores), np.asarray(groups, str)
    n_scored = (~np.isnan(scores)).sum(0)
    is_judged = n_scored >= FEWEST_MODELS
    centred, spread = np.full(scores.shape, np.nan), np.full(len(groups), np.nan)
    centred[:, is_judged] = scores[:, is_judged] - np.nanmedian(scores[:, is_judged], axis=0)
    spread[is_judged] = 1.4826 * np.nanmedian(np.abs(centred[:, is_judged]), axis=0)
    z = centred / np.where(spread > 0, spread, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        percentile = (n_scored - average_ranks(scores, axis=0)) / (n_scored - 1)
    found = []
    for column in np.flatnonzero(np.nanmax(np.abs(z), axis=0, initial=0) >= FAR):
        for sign in (1, -1):
            side = sign * z[:, column]
            for row, gap in _alone(side):
                others = (groups == groups[column]) & ~np.isnan(scores[row])
                others[column] = False
                if side[row] < FAR or others.sum() < FEWEST_OTHERS:
                    continue
                elsewhere = np.median(percentile[row, others])
                if (elsewhere if sign < 0 else 1 - elsewhere) > EXTREME:
                    found.append((row, column, z[row, column], gap, elsewhere))
    return Outliers(*(np.array(column) for column in zip(*found, strict=True))) if found else _NONE


_NONE = Outliers(*(np.zeros(0, int),) * 2, *(np.zeros(0),) * 3)


def _alone(values: Floats) -> list[tuple[int, float]]:
    """Rows of the largest values, as far as there is a gap behind them, and the gap of each."""
    known = np.flatnonzero(~np.isnan(values))
    top = known[np.argsort(-values[known], kind="stable")[: BEYOND + 2]]
    gaps = -np.diff(values[top])
    wide = np.flatnonzero(gaps >= GAP)
    if not len(wide):
        return []
    last = wide[-1]
    return [(row, gaps[place : last + 1].max()) for place, row in enumerate(top[: last + 1])]


def twins(
    scores: ArrayLike, most_apart: float, min_shared: int
) -> list[tuple[int, int, int, float]]:
    """Pairs of models whose scores are nearly the same wherever both have one.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    most_apart : float
        Largest difference that two of their scores may have.
    min_shared : int
        Benchmarks that both must have, one at least.

    Returns
    -------
    list of (int, int, int, float)
        Rows of the two, how many benchmarks they share, their largest difference.

    Notes
    -----
    A pair is left at the first score that differs, which is one of the first two or three: the
    pairs of 10,000 models take as long as to read their scores.
    """
    scores = score_matrix(scores)
    by_size = np.argsort(np.isnan(scores).sum(0), kind="stable")
    return _twins(np.ascontiguousarray(scores[:, by_size]), most_apart, max(min_shared, 1))


@numba.njit(cache=True, nogil=True)
def _twins(scores, most_apart, min_shared):
    found = [(0, 0, 0, 0.0) for _ in range(0)]
    for i in range(scores.shape[0]):
        for j in range(i + 1, scores.shape[0]):
            n, apart = 0, 0.0
            for k in range(scores.shape[1]):
                difference = abs(scores[i, k] - scores[j, k])
                if difference > most_apart:
                    n = 0
                    break
                if difference >= 0:  # not NaN
                    n += 1
                    apart = max(apart, difference)
            if n >= min_shared:
                found.append((i, j, n, apart))
    return found
