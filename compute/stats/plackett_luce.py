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

_FITS = 16
"""Fits side by side: more would leave the cache."""


class Rankings(NamedTuple):
    """Benchmarks as rankings: models from best to worst, cut into groups of equal score."""

    order: NDArray[np.uint32]
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
        np.concatenate([*order, np.empty(0, np.int64)]).astype(np.uint32),
        np.concatenate([*starts, [at]]).astype(np.int64),
        np.asarray(firsts, np.int64),
    )


@numba.njit(cache=True, nogil=True)
def _slopes(order, starts, firsts, weights, counts, expected, slope, ratios, curves, scratch):
    """Per model Σ_b w_b Σ_(groups at or above) m/S into ``slope``; keeps w m/S² in ``curves``.

    Everything here is models × fits: what is done to one fit is done to its neighbours in the same
    instruction. ``weights`` are benchmarks × fits.
    """
    below, drawn = scratch[0], scratch[1]
    n_fits = below.size
    slope[:] = 0
    for b in range(weights.shape[0]):
        w = weights[b]
        below[:] = 0
        for g in range(firsts[b + 1] - 1, firsts[b] - 1, -1):
            drawn[:] = 0
            for at in range(starts[g], starts[g + 1]):
                i = order[at]
                for f in range(n_fits):
                    below[f] += expected[i, f]
                    drawn[f] += counts[i, f]
            ratio, curve = ratios[g - firsts[b]], curves[g]
            for f in range(n_fits):
                inverse = 1 / below[f]  # one division, not two
                ratio[f] = w[f] * drawn[f] * inverse
                curve[f] = ratio[f] * inverse
        below[:] = 0
        for g in range(firsts[b], firsts[b + 1]):
            ratio = ratios[g - firsts[b]]
            for f in range(n_fits):
                below[f] += ratio[f]
            for at in range(starts[g], starts[g + 1]):
                i = order[at]
                for f in range(n_fits):
                    slope[i, f] += below[f]


@numba.njit(cache=True, nogil=True)
def _curvature(order, starts, firsts, curves, scaled, shared, sums, scratch):
    """Product of the Hessian of Σ m log S with ``scaled`` = expected × v into ``shared``."""
    running = scratch[0]
    n_fits = running.size
    shared[:] = 0
    for b in range(firsts.size - 1):
        running[:] = 0
        for g in range(firsts[b + 1] - 1, firsts[b] - 1, -1):
            for at in range(starts[g], starts[g + 1]):
                i = order[at]
                for f in range(n_fits):
                    running[f] += scaled[i, f]
            kept = sums[g - firsts[b]]
            for f in range(n_fits):
                kept[f] = running[f]
        running[:] = 0
        for g in range(firsts[b], firsts[b + 1]):
            kept, curve = sums[g - firsts[b]], curves[g]
            for f in range(n_fits):
                running[f] += curve[f] * kept[f]
            for at in range(starts[g], starts[g + 1]):
                i = order[at]
                for f in range(n_fits):
                    shared[i, f] += running[f]


@numba.njit(cache=True, nogil=True)
def _fit(order, starts, firsts, weights, counts, prior, theta, tolerance, max_steps):
    """Newton steps for many fits at once, ``theta`` (models × fits) in place; True if all end.

    Each step is solved by conjugate gradients with the diagonal as preconditioner. The problem is
    convex, so how steep it is at the end of a step says whether the step was too long.
    """
    n, n_fits = theta.shape
    wins = np.zeros((n, n_fits))
    longest = 0
    for b in range(weights.shape[0]):
        longest = max(longest, firsts[b + 1] - firsts[b])
        for at in range(starts[firsts[b]], starts[firsts[b + 1]]):
            for f in range(n_fits):
                wins[order[at], f] += weights[b, f]
    slope, product, gradient = np.empty_like(theta), np.empty_like(theta), np.empty_like(theta)
    scaled, tried, diagonal = np.empty_like(theta), theta.copy(), np.empty_like(theta)
    ratios, curves = np.empty((longest, n_fits)), np.empty((starts.size, n_fits))
    scratch = np.empty((2, n_fits))
    done = np.zeros(n_fits, np.bool_)
    expected = counts * np.exp(theta)
    _slopes(order, starts, firsts, weights, counts, expected, slope, ratios, curves, scratch)
    for _ in range(max_steps):
        for i in range(n):
            for f in range(n_fits):
                pull = 2 * prior * counts[i, f]
                diagonal[i, f] = expected[i, f] * slope[i, f] + pull
                gradient[i, f] = (
                    expected[i, f] * slope[i, f] - counts[i, f] * wins[i, f] + pull * theta[i, f]
                )
                if diagonal[i, f] <= 0:
                    diagonal[i, f] = 1.0
        residual = -gradient
        step = np.zeros_like(theta)
        direction = residual / diagonal
        rz = (residual * direction).sum(0)
        goal = rz * np.minimum(1e-2, np.maximum(rz, 1e-20))
        length, ahead = np.zeros(n_fits), np.zeros(n_fits)
        for _ in range(4 * n):
            solving = ~done & (rz > goal)
            if not solving.any():
                break
            for i in range(n):
                for f in range(n_fits):
                    scaled[i, f] = expected[i, f] * direction[i, f]
            _curvature(order, starts, firsts, curves, scaled, product, ratios, scratch)
            bend = np.zeros(n_fits)
            for i in range(n):
                for f in range(n_fits):
                    product[i, f] = (
                        diagonal[i, f] * direction[i, f] - expected[i, f] * product[i, f]
                    )
                    bend[f] += direction[i, f] * product[i, f]
            for f in range(n_fits):
                if bend[f] <= 0:
                    rz[f] = 0  # rounding: as good as it gets
                length[f] = rz[f] / bend[f] if solving[f] and bend[f] > 0 else 0.0
            after = np.zeros(n_fits)
            for i in range(n):
                for f in range(n_fits):
                    step[i, f] += length[f] * direction[i, f]
                    residual[i, f] -= length[f] * product[i, f]
                    after[f] += residual[i, f] * residual[i, f] / diagonal[i, f]
            for f in range(n_fits):
                ahead[f] = after[f] / rz[f] if length[f] > 0 else 0.0
                rz[f] = after[f] if length[f] > 0 else rz[f]
            for i in range(n):
                for f in range(n_fits):
                    direction[i, f] = residual[i, f] / diagonal[i, f] + ahead[f] * direction[i, f]
        size, last, settled = np.ones(n_fits), np.zeros(n_fits, np.bool_), done.copy()
        promised, largest = np.zeros(n_fits), np.zeros(n_fits)
        for i in range(n):
            for f in range(n_fits):
                largest[f] = max(largest[f], abs(step[i, f]))
                promised[f] += gradient[i, f] * step[i, f]
        for f in range(n_fits):
            # rounding hides any further decrease, so the last step is taken as it is
            last[f] = largest[f] <= tolerance
            size[f] = 0.0 if done[f] else 1.0 if largest[f] < 5 else 5 / largest[f]
        while True:
            for i in range(n):
                for f in range(n_fits):
                    tried[i, f] = theta[i, f] + size[f] * step[i, f]
            expected = counts * np.exp(tried)
            _slopes(
                order, starts, firsts, weights, counts, expected, slope, ratios, curves, scratch
            )
            steepness = np.zeros(n_fits)
            for i in range(n):
                for f in range(n_fits):
                    at = expected[i, f] * slope[i, f] - counts[i, f] * wins[i, f]
                    at += 2 * prior * counts[i, f] * tried[i, f]
                    steepness[f] += at * step[i, f]
            for f in range(n_fits):
                if settled[f]:
                    continue
                settled[f] = last[f] or steepness[f] <= -0.5 * promised[f] or size[f] < 1e-8
                if not settled[f]:
                    size[f] /= 2
            if settled.all():
                break
        theta[:] = tried
        done |= last
        if done.all():
            return True
    return False


def strengths(
    rankings: Rankings,
    weights: Floats,
    counts: Floats,
    *,
    prior: float = PRIOR,
    start: Floats | None = None,
    tolerance: float = 1e-5,
) -> Floats:
    """Plackett–Luce log strengths under weights of rankings and of models, many fits at once.

    Parameters
    ----------
    rankings : Rankings
        Orders of the models, one per benchmark.
    weights : ndarray, shape (n_benchmarks,) or (n_fits, n_benchmarks)
        A ranking of weight w counts as w equal rankings.
    counts : ndarray, shape (n_models,) or (n_fits, n_models)
        A model of count c stands for c equal models. Count 0 (a bootstrap resample that left the
        model out) is taken as 1e-6: its strength is then what the drawn models imply for it, while
        it hardly moves theirs.
    prior : float
        The objective has the penalty prior × Σ c θ². Without it the strength of a model that is
        first everywhere is infinite; it is there for every set, so that results do not jump
        between sets that need it and sets that do not.
    start : ndarray, shape (n_models,), optional
        First guess of every fit.
    tolerance : float
        Newton stops after a step in which no strength moved by more than this; the error left is
        of the order of its square.

    Returns
    -------
    ndarray, shape (n_models,) or (n_fits, n_models)
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
    weights, counts = np.asarray(weights, float), np.maximum(counts, _LEAST_COUNT)
    n_fits = max(len(np.atleast_2d(weights)), len(np.atleast_2d(counts)))
    of_benchmarks = np.broadcast_to(weights, (n_fits, weights.shape[-1]))
    of_models = np.broadcast_to(counts, (n_fits, counts.shape[-1]))
    first = np.zeros(counts.shape[-1]) if start is None else np.nan_to_num(start)
    theta = np.empty(of_models.shape)
    for at in range(0, n_fits, _FITS):
        some = slice(at, at + _FITS)
        fitted = np.repeat(first[:, None], len(theta[some]), axis=1)
        converged = _fit(
            *rankings,
            of_benchmarks[some].T.copy(),
            of_models[some].T.copy(),
            prior,
            fitted,
            tolerance,
            200,
        )
        if not converged:
            raise RuntimeError("Plackett–Luce did not converge; raise the prior")
        theta[some] = fitted.T
    theta -= (theta * of_models).sum(1, keepdims=True) / of_models.sum(1, keepdims=True)
    ranked = np.zeros((len(rankings.benchmark_groups) - 1, theta.shape[1]))
    for b, present in enumerate(ranked):
        groups = rankings.benchmark_groups[[b, b + 1]]
        present[rankings.order[slice(*rankings.group_starts[groups])]] = 1
    theta[(of_benchmarks > 0) @ ranked == 0] = np.nan
    return theta if max(weights.ndim, counts.ndim) == 2 else theta[0]
