"""Plackett–Luce strengths: each benchmark is a sequence of choices of the best of those left.

The maximum is that of ``choix.opt_top1``, to which the tests compare it. choix itself is too slow
here: its loops over choices are Python, one fit of 987 models × 5 benchmarks takes it 3 s, and each
dataset left out needs a fit. So the sums over choices are compiled, and SciPy solves the steps.
"""

import numba
import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from compute.stats.ranks import Floats, sort_columns

PRIOR = 0.01
"""Penalty × Σ θ², that is θ ~ N(0, 50): a model that is first everywhere has no finite strength."""


@numba.njit(cache=True, nogil=True)
def _choices(order, codes, lengths, expected, change, out):
    """Σ 1/S and Σ (Σ change)/S² over the choices that a model is part of; S = Σ expected.

    ``order`` runs from worst to best. Tied models are each chosen from the set of all of them and
    those below (Breslow), so no order among them matters.
    """
    out[:] = 0
    size, moved = np.empty((2, order.shape[1]))
    for b in range(order.shape[0]):
        n, total, change_below = lengths[b], 0.0, 0.0
        for at in range(n):
            total += expected[order[b, at]]
            change_below += change[order[b, at]]
            size[at], moved[at] = total, change_below
        share, bend, stop = 0.0, 0.0, n
        while stop > 0:
            start = stop - 1
            while start > 0 and codes[b, start - 1] == codes[b, stop - 1]:
                start -= 1
            each = (stop - start) / size[stop - 1]
            share += each
            bend += each * moved[stop - 1] / size[stop - 1]
            for at in range(start, stop):
                out[0, order[b, at]] += share
                out[1, order[b, at]] += bend
            stop = start


def strengths(scores: Floats) -> Floats:
    """Log strengths.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_benchmarks)
        NaN where a cell is missing: the model is not part of that ranking.

    Returns
    -------
    ndarray, shape (n_models,)
        They sum to 0 over all models. NaN for a model without a benchmark.

    Raises
    ------
    RuntimeError
        No convergence in 100 Newton steps.

    References
    ----------
    Plackett (1975), The analysis of permutations; Hunter (2004), MM algorithms for generalized
    Bradley–Terry models, Annals of Statistics 32(1).
    """
    wins = (~np.isnan(scores)).sum(1).astype(float)
    found = _fit(sort_columns(scores), wins)
    return np.where(wins > 0, found - found.mean(), np.nan)


def _fit(rankings, wins: Floats) -> Floats:
    n, sums, theta = len(wins), np.empty((2, len(wins))), np.zeros(len(wins))

    def gradient(at: Floats) -> Floats:
        _choices(*rankings, np.exp(at), at, sums)
        return np.exp(at) * sums[0] - wins + 2 * PRIOR * at

    for _ in range(100):
        slope, expected = gradient(theta), np.exp(theta)
        diagonal = expected * sums[0] + 2 * PRIOR

        def curvature(v: Floats, expected=expected, diagonal=diagonal) -> Floats:
            _choices(*rankings, expected, expected * v, sums)
            return diagonal * v - expected * sums[1]

        step, _ = cg(
            LinearOperator((n, n), curvature, dtype=float),
            -slope,
            rtol=min(1e-2, np.abs(slope).max()),
            M=LinearOperator((n, n), lambda v, d=diagonal: v / d, dtype=float),
        )
        step *= min(1.0, 5 / max(np.abs(step).max(), 1e-300))
        # the problem is convex: still steep at the end of a step means it was too long
        while gradient(theta + step) @ step > 0.5 * abs(slope @ step) and np.ptp(step) > 1e-9:
            step /= 2
        theta = theta + step
        if np.abs(step).max() < 1e-6:
            return theta
    raise RuntimeError("Plackett–Luce did not converge in 100 Newton steps")
