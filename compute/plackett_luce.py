"""Plackett–Luce strengths of models from the rankings that the benchmarks give.

The library for this is choix (Maystre), whose loops are Python: one fit of 138 models × 50 rankings
takes it seconds, and an interval needs hundreds of fits. The solver here maximises the same
penalised likelihood (``choix.opt_rankings``, and ``choix.opt_top1`` for ties) with compiled
Newton steps; the tests compare the two.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRIOR = 0.01
"""Strengths have the prior N(0, 1 / (2 × PRIOR)): sd 7.1 on the log scale, a ratio of 1,200."""

_LEAST_COUNT = 1e-6


class Rankings(NamedTuple):
    """Benchmarks as rankings: models from best to worst, cut into groups of equal score."""

    order: NDArray[np.int64]
    """Concatenated rankings."""
    group_starts: NDArray[np.int64]
    """Where each group of tied models begins in ``order``; one past the end closes the list."""
    benchmark_groups: NDArray[np.int64]
    """First group of each benchmark; one past the last closes the list."""


def rankings_of(scores: Floats) -> Rankings:
    """Turn scores (models × benchmarks, higher is better, NaN = not ranked) into rankings."""
    order, starts, firsts = [], [], [0]
    at = 0
    for column in scores.T:
        present = np.flatnonzero(~np.isnan(column))
        ranked = present[np.argsort(-column[present], kind="stable")]
        new = np.flatnonzero(np.diff(column[ranked], prepend=np.inf) != 0)
        order.append(ranked)
        starts.append(new + at)
        at += len(ranked)
        firsts.append(firsts[-1] + len(new))
    return Rankings(
        np.concatenate([*order, np.empty(0, np.int64)]).astype(np.int64),
        np.concatenate([*starts, [at]]).astype(np.int64),
        np.asarray(firsts, np.int64),
    )


@numba.njit(cache=True, nogil=True)
def _slopes(order, starts, firsts, weights, counts, expected, slope, ratios):
    """Per model Σ_b w_b Σ_(groups at or above) m/S into ``slope``; ``ratios`` keeps 1/S, m/S²."""
    loss = 0.0
    slope[:] = 0
    for b in range(weights.size):
        w = weights[b]
        if w == 0:
            continue
        below = 0.0
        for g in range(firsts[b + 1] - 1, firsts[b] - 1, -1):
            drawn = 0.0
            for at in range(starts[g], starts[g + 1]):
                below += expected[order[at]]
                drawn += counts[order[at]]
            loss += w * drawn * np.log(below)
            ratios[g, 0] = drawn / below
            ratios[g, 1] = drawn / (below * below)
        above = 0.0
        for g in range(firsts[b], firsts[b + 1]):
            above += ratios[g, 0]
            for at in range(starts[g], starts[g + 1]):
                slope[order[at]] += w * above
    return loss


@numba.njit(cache=True, nogil=True)
def _curvature(order, starts, firsts, weights, expected, slope, ratios, counts, prior, v, out):
    """Product of the Hessian with ``v`` into ``out``."""
    n = v.size
    scaled = expected * v
    shared = np.zeros(n)
    sums = np.empty(ratios.shape[0])
    for b in range(weights.size):
        w = weights[b]
        if w == 0:
            continue
        below = 0.0
        for g in range(firsts[b + 1] - 1, firsts[b] - 1, -1):
            for at in range(starts[g], starts[g + 1]):
                below += scaled[order[at]]
            sums[g] = below
        above = 0.0
        for g in range(firsts[b], firsts[b + 1]):
            above += ratios[g, 1] * sums[g]
            for at in range(starts[g], starts[g + 1]):
                shared[order[at]] += w * above
    for i in range(n):
        out[i] = scaled[i] * slope[i] - expected[i] * shared[i] + 2 * prior * counts[i] * v[i]


@numba.njit(cache=True, nogil=True)
def _penalised(theta, counts, wins, prior, loss):
    for i in range(theta.size):
        loss += counts[i] * theta[i] * (prior * theta[i] - wins[i])
    return loss


@numba.njit(cache=True, nogil=True)
def _fit(order, starts, firsts, weights, counts, prior, start, tolerance, max_steps):
    """Newton steps, each solved by conjugate gradients with the diagonal as preconditioner."""
    n = start.size
    wins = np.zeros(n)
    for b in range(weights.size):
        for at in range(starts[firsts[b]], starts[firsts[b + 1]]):
            wins[order[at]] += weights[b]
    theta = start.copy()
    expected = counts * np.exp(theta)
    slope = np.empty(n)
    ratios = np.empty((starts.size - 1, 2))
    product = np.empty(n)
    loss = _slopes(order, starts, firsts, weights, counts, expected, slope, ratios)
    objective = _penalised(theta, counts, wins, prior, loss)
    for _ in range(max_steps):
        gradient = expected * slope - counts * wins + 2 * prior * counts * theta
        diagonal = expected * slope + 2 * prior * counts
        for i in range(n):
            if diagonal[i] <= 0:
                diagonal[i] = 1.0
        residual = -gradient
        step = np.zeros(n)
        z = residual / diagonal
        direction = z.copy()
        rz = (residual * z).sum()
        goal = rz * min(1e-2, max(rz, 1e-20))
        for _ in range(4 * n):
            if rz <= goal or rz == 0:
                break
            _curvature(
                order, starts, firsts, weights, expected, slope, ratios, counts, prior,
                direction, product,
            )  # fmt: skip
            bend = (direction * product).sum()
            if bend <= 0:
                break
            length = rz / bend
            step += length * direction
            residual -= length * product
            z = residual / diagonal
            before, rz = rz, (residual * z).sum()
            direction = z + rz / before * direction
        largest = np.abs(step).max()
        promised = (gradient * step).sum()
        # rounding hides any further decrease, so the last step is taken as it is
        last = largest <= tolerance
        size = 1.0 if largest < 5 else 5 / largest
        while True:
            tried = theta + size * step
            expected = counts * np.exp(tried)
            loss = _slopes(order, starts, firsts, weights, counts, expected, slope, ratios)
            value = _penalised(tried, counts, wins, prior, loss)
            slack = 1e-12 * abs(objective)
            if last or value <= objective + 1e-4 * size * promised + slack or size < 1e-8:
                break
            size /= 2
        theta = tried
        objective = value
        if last:
            return theta, True
    return theta, False


def strengths(
    rankings: Rankings,
    weights: Floats,
    counts: Floats,
    *,
    prior: float = PRIOR,
    start: Floats | None = None,
    tolerance: float = 1e-5,
) -> Floats:
    """Plackett–Luce log strengths under weights of rankings and of models.

    Parameters
    ----------
    rankings : Rankings
        Orders of the models, one per benchmark.
    weights : ndarray, shape (n_benchmarks,)
        A ranking of weight w counts as w equal rankings.
    counts : ndarray, shape (n_models,)
        A model of count c stands for c equal models. Count 0 (a bootstrap resample that left the
        model out) is taken as 1e-6: its strength is then what the drawn models imply for it, while
        it hardly moves theirs.
    prior : float
        The objective has the penalty prior × Σ c θ². Without it the strength of a model that is
        first everywhere is infinite; it is there for every set, so that results do not jump
        between sets that need it and sets that do not.
    start : ndarray, shape (n_models,), optional
        First guess.
    tolerance : float
        Newton stops after a step in which no strength moved by more than this; the error left is
        of the order of its square.

    Returns
    -------
    ndarray, shape (n_models,)
        Higher is stronger; Σ c θ = 0. NaN for a model in no ranking of positive weight.

    Raises
    ------
    RuntimeError
        No convergence in 200 Newton steps.

    Notes
    -----
    Each ranking is a sequence of choices of the best among those left. Tied models are each chosen
    from the set that holds all of them and the models below (Breslow's rule for the equivalent
    partial likelihood of Cox), so the result does not depend on any order among them.

    References
    ----------
    Plackett (1975), The analysis of permutations; Hunter (2004), MM algorithms for generalized
    Bradley–Terry models, Annals of Statistics 32(1).
    """
    start = np.zeros(len(counts)) if start is None else np.nan_to_num(start)
    theta, converged = _fit(
        *rankings,
        np.ascontiguousarray(weights, float),
        np.maximum(counts, _LEAST_COUNT).astype(float),
        prior,
        start.astype(float),
        tolerance,
        200,
    )
    if not converged:
        raise RuntimeError("Plackett–Luce did not converge; raise the prior")
    theta -= np.average(theta, weights=np.maximum(counts, _LEAST_COUNT))
    ranked = np.zeros(len(counts), bool)
    for b in np.flatnonzero(np.asarray(weights) > 0):
        first, stop = rankings.benchmark_groups[b], rankings.benchmark_groups[b + 1]
        ranked[rankings.order[rankings.group_starts[first] : rankings.group_starts[stop]]] = True
    return np.where(ranked, theta, np.nan)
