"""Kendall's τ-b of every pair of benchmarks, whole and without each family of models.

Scores come as a matrix of models × benchmarks, NaN where a cell is missing; a pair is taken over
the models that both benchmarks scored.
"""

import numba
import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from compute.stats.correlation import rows_at_once
from compute.stats.ranks import Floats, Ints, score_matrix, sort_columns
from compute.stats.resampling import in_slices


def kendall_tau_b(scores: ArrayLike) -> tuple[Floats, Ints, Floats]:
    """Kendall τ-b of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric, 1 on the diagonal; NaN where a benchmark is constant over the shared models.
    n_models : ndarray of int, same shape
    p_value : ndarray, same shape
        Two-sided, by the normal approximation with correction for ties, as
        ``scipy.stats.kendalltau(method="asymptotic")``. NaN on the diagonal.

    Notes
    -----
    Models are gone through in the order of one benchmark, with a tree of the counts below each
    score of the other: n log n steps for n models (Christensen 2005, Fast algorithms for the
    calculation of Kendall's τ, Comput. Stat. 20). All are whole numbers, exact in any order.
    """
    return kendall_by_family(scores, np.zeros(len(np.asarray(scores)), int))[:3]


def kendall_by_family(scores: ArrayLike, labels: ArrayLike) -> tuple[Floats, Ints, Floats, Floats]:
    """Kendall τ-b of every pair of benchmarks, and what it is without each family of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    labels : array_like, shape (n_models,)
        Family of each model.

    Returns
    -------
    estimate, n_models, p_value
        As of :func:`kendall_tau_b`.
    without : ndarray, shape (n_families, n_benchmarks, n_benchmarks)
        In the sorted order of the labels.

    Notes
    -----
    The pairs that touch a family are those of each of its models with all others, less those
    within it, so that leaving one out costs little.
    """
    scores = score_matrix(scores)
    k = scores.shape[1]
    present = (~np.isnan(scores)).astype(float)
    sums, touched = _sign_sums(scores, np.unique(labels, return_inverse=True)[1])
    shared = (present.T @ present).astype(np.int64)
    ties = np.empty((3, k, k))
    _tie_sums(*sort_columns(scores), present.T.astype(np.uint8), ties)
    z = np.full((k, k), np.nan)
    variance = _kendall_variance(shared, ties)
    np.divide(sums[0], np.sqrt(np.maximum(variance, 0)), out=z, where=variance > 0)
    np.fill_diagonal(z, np.nan)
    without = np.array([_tau(*(sums - part)) for part in touched])
    return _tau(*sums), shared, 2 * stats.norm.sf(np.abs(z)), without


@numba.njit(cache=True, nogil=True)
def _sums_of(models, codes, shared, codes_b, count, tree, by_model):
    """Concordant minus discordant, untied in a, untied in b: twice their sums over pairs of models.

    ``models`` stand in the order of a, ``codes`` tell their ties in it; those that are not shared
    are passed over. ``count`` and ``tree`` (Fenwick's) hold how many models so far have each code
    in b; they come and leave empty. Fills what each model has with all others.
    """
    sums, n, before = np.zeros(3), 0, 0
    start = 0
    while start < models.size:
        stop = start + 1
        while stop < models.size and codes[stop] == codes[start]:
            stop += 1
        for is_after in range(2):  # without the models that tie with these in a, and with them
            for at in range(start, stop):
                i = models[at]
                if not shared[i]:
                    continue
                code, below = codes_b[i], 0
                place = code
                while place > 0:
                    below += tree[place]
                    place -= place & -place
                above = n - below - count[code]
                if is_after:
                    by_model[0, i] += below - above
                    by_model[1, i] = -(n - before)
                else:
                    by_model[0, i] = below - above
            if is_after:
                break
            before = n
            for at in range(start, stop):
                i = models[at]
                if shared[i]:
                    n += 1
                    count[codes_b[i]] += 1
                    place = codes_b[i] + 1
                    while place < tree.size:
                        tree[place] += 1
                        place += place & -place
        start = stop
    # of those above in a: all less those so far
    for at in range(models.size):
        i = models[at]
        if shared[i]:
            code, below = codes_b[i], 0
            place = code
            while place > 0:
                below += tree[place]
                place -= place & -place
            by_model[0, i] += n - below - count[code] - below
            by_model[1, i] += n
            by_model[2, i] = n - count[code]
            for kind in range(3):
                sums[kind] += by_model[kind, i]
    for at in range(models.size):
        i = models[at]
        if shared[i]:
            count[codes_b[i]] = 0
            place = codes_b[i] + 1
            while place < tree.size:
                tree[place] = 0
                place += place & -place
    return sums


@numba.njit(cache=True, nogil=True)
def _sign_pairs(
    order, codes, by_family, codes_by_family, code, present, family, starts, rows, sums, touched
):
    """Fill some rows of both results of :func:`_sign_sums`, from the diagonal, and their mirror."""
    k, n = order.shape
    count, tree = np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
    by_model, inside = np.zeros((3, n)), np.zeros((3, n))
    for a in rows:
        for b in range(a, k):
            shared = present[a] & present[b]
            whole = _sums_of(order[a], codes[a], shared, code[b], count, tree, by_model)
            sums[0, a, b] = sums[0, b, a] = whole[0] / 2
            sums[1, a, b], sums[1, b, a] = whole[1] / 2, whole[2] / 2
            for i in range(n):
                if shared[i]:
                    touched[family[i], 0, a, b] += by_model[0, i]
                    touched[family[i], 1, a, b] += by_model[1, i]
                    if a != b:
                        touched[family[i], 1, b, a] += by_model[2, i]
            for g in range(starts.size - 1):  # pairs within a family were counted from both ends
                at = slice(starts[g], starts[g + 1])
                part = _sums_of(
                    by_family[a, at], codes_by_family[a, at], shared, code[b], count, tree, inside
                )
                touched[g, 0, a, b] -= part[0] / 2
                touched[g, 1, a, b] -= part[1] / 2
                if a != b:
                    touched[g, 1, b, a] -= part[2] / 2
                touched[g, 0, b, a] = touched[g, 0, a, b]


def _sign_sums(scores: Floats, family: Ints) -> tuple[Floats, Floats]:
    """Concordant minus discordant, and untied in a and present in b, over pairs of models.

    Of all pairs, and of those that touch each family: (2, k, k) and (n_families, 2, k, k).
    """
    n, k = scores.shape
    order, codes, _ = sort_columns(scores)
    present = (~np.isnan(scores)).T.copy()
    code = np.empty((k, n), np.int32)
    np.put_along_axis(code, order.astype(np.int64), codes, 1)
    together = np.argsort(family[order], axis=1, kind="stable")
    by_family = [np.take_along_axis(each, together, 1) for each in (order, codes)]
    n_families = family.max(initial=-1) + 1
    starts = np.searchsorted(np.sort(family), np.arange(n_families + 1))
    sums, touched = np.zeros((2, k, k)), np.zeros((n_families, 2, k, k))
    rows = np.arange(k)
    in_slices(
        lambda at: _sign_pairs(
            order, codes, *by_family, code, present, family, starts, rows[at], sums, touched
        ),
        k,
        rows_at_once(n, k),
    )
    return sums, touched


def _tau(score: Floats, untied: Floats) -> Floats:
    estimate = np.full(score.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        np.divide(score, np.sqrt(untied * untied.T), out=estimate)
    estimate[~np.isfinite(estimate)] = np.nan
    np.fill_diagonal(estimate, 1.0)
    return np.clip(estimate, -1, 1)


@numba.njit(cache=True, nogil=True)
def _tie_sums(orders, codes, lengths, present, sums):
    """Σ t(t − 1)(2t + 5), Σ t(t − 1) and Σ t(t − 1)(t − 2) of a's ties among the models of b."""
    for a in range(lengths.size):
        for b in range(lengths.size):
            sums[:, a, b] = 0
            start = 0
            while start < lengths[a]:
                stop, t = start, 0.0
                while stop < lengths[a] and codes[a, stop] == codes[a, start]:
                    t += present[b, orders[a, stop]]
                    stop += 1
                sums[0, a, b] += t * (t - 1) * (2 * t + 5)
                sums[1, a, b] += t * (t - 1)
                sums[2, a, b] += t * (t - 1) * (t - 2)
                start = stop


def _kendall_variance(n: Ints, ties: Floats) -> Floats:
    """Null variance of concordant minus discordant pairs under ties (Kendall 1970, ch. 5)."""
    pairs = n * (n - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (pairs * (2 * n + 5) - ties[0] - ties[0].T) / 18
        variance += ties[1] * ties[1].T / (2 * pairs)
        variance += ties[2] * ties[2].T / (9 * pairs * (n - 2))
    return np.where(n < 3, 0, variance)
