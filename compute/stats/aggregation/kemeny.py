"""Kemeny's rule, exact: the orders that disagree least with the benchmarks, pair by pair."""

import numba
import numpy as np

from compute.stats.ranks import Floats

N_ITEMS = 12
"""Exact on so many models; of larger sets the best by arithmetic mean are ordered."""


@numba.njit(cache=True, nogil=True)
def _best_orders(against):
    """Mean position of each item over all orders of least disagreement, by subsets.

    ``against[i, j]`` is the number of benchmarks that put j above i: what it costs to put i
    above j. Held–Karp over sets of items placed first, from both ends, with counts of best orders.
    """
    m = against.shape[0]
    n_sets = 1 << m
    tolerance = 1e-9 * max(1.0, np.abs(against).sum())
    # cost of placing item i directly after the set s: it goes above everything outside
    first = np.full(n_sets, np.inf)
    n_first = np.zeros(n_sets)
    first[0], n_first[0] = 0.0, 1.0
    outside = np.zeros((n_sets, m))
    for s in range(n_sets - 2, -1, -1):
        lowest = 0  # item outside: with it inside, the set has its costs already
        while s >> lowest & 1:
            lowest += 1
        for i in range(m):
            cost = against[i, lowest] if i != lowest else 0.0
            outside[s, i] = outside[s | 1 << lowest, i] + cost
    for s in range(n_sets):
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                value = first[s] + outside[s, i]
                if value < first[t] - tolerance:
                    first[t], n_first[t] = value, n_first[s]
                elif value <= first[t] + tolerance:
                    n_first[t] += n_first[s]
    rest = np.full(n_sets, np.inf)
    n_rest = np.zeros(n_sets)
    rest[n_sets - 1], n_rest[n_sets - 1] = 0.0, 1.0
    position = np.zeros(m)
    for s in range(n_sets - 2, -1, -1):
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                value = outside[s, i] + rest[t]
                if value < rest[s] - tolerance:
                    rest[s], n_rest[s] = value, n_rest[t]
                elif value <= rest[s] + tolerance:
                    n_rest[s] += n_rest[t]
    best = first[n_sets - 1]
    for s in range(n_sets - 1):
        place = 1
        for i in range(m):
            place += s >> i & 1
        for i in range(m):
            if not s >> i & 1:
                t = s | 1 << i
                if first[s] + outside[s, i] + rest[t] <= best + tolerance:
                    position[i] += place * n_first[s] * n_rest[t]
    return position / n_first[n_sets - 1]


def scored(scores: Floats, means: Floats) -> Floats:
    """Number of ordered models minus the mean place.

    Parameters
    ----------
    scores : ndarray, shape (n_models, n_benchmarks)
        NaN where a cell is missing: the benchmark says nothing about the model.
    means : ndarray, shape (n_models,)
        Arithmetic means: of more than `N_ITEMS` models the best by these are ordered, of equals
        the first.

    Returns
    -------
    ndarray, shape (n_models,)
        NaN for a model that is not ordered.
    """
    kept = np.argsort(-means, kind="stable")[:N_ITEMS]
    kept = np.sort(kept[~np.isnan(means[kept])])
    out = np.full(len(means), np.nan)
    above = (scores[kept][None, :, :] > scores[kept][:, None, :]).sum(2)
    out[kept] = len(kept) - _best_orders(above.astype(float))
    return out
