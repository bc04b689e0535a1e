"""Agreement between benchmarks: rank correlations, resampling, and how many dimensions there are.

Scores come as a matrix of models × benchmarks, higher is better, NaN where a cell is missing.
A resample of models is a vector of weights (how often each model was drawn), so that nothing is
sorted twice: the rank of a model is a running sum of weights along an order found once.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _matrix(scores: ArrayLike, *, complete: bool = False) -> Floats:
    scores = np.ascontiguousarray(scores, dtype=np.float64)
    if scores.ndim != 2:
        raise ValueError(f"scores must be models × benchmarks, has shape {scores.shape}")
    if np.isinf(scores).any():
        raise ValueError("scores hold an infinity")
    if complete and np.isnan(scores).any():
        raise ValueError("this resampling needs complete scores; a cell is missing")
    return scores


@numba.njit(cache=True)
def _average_ranks(values, order):
    """Ranks from 1 of the rows in ``order`` (ascending by value); ties share their mean."""
    ranks = np.empty(order.size)
    start = 0
    while start < order.size:
        stop = start + 1
        while stop < order.size and values[order[stop]] == values[order[start]]:
            stop += 1
        for at in range(start, stop):
            ranks[at] = (start + stop + 1) / 2
        start = stop
    return ranks


@numba.njit(cache=True)
def _shared_spearman(x, y, order_x, order_y, rank_x):
    """Spearman over the rows where both are present; ``rank_x`` is scratch space."""
    n = 0
    for i in order_x:
        n += not np.isnan(y[i])
    if n < 2:
        return np.nan, n
    kept_x = np.empty(n, np.int64)
    kept_y = np.empty(n, np.int64)
    at = 0
    for i in order_x:
        if not np.isnan(y[i]):
            kept_x[at] = i
            at += 1
    at = 0
    for i in order_y:
        if not np.isnan(x[i]):
            kept_y[at] = i
            at += 1
    ranks = _average_ranks(x, kept_x)
    for at in range(n):
        rank_x[kept_x[at]] = ranks[at]
    ranks = _average_ranks(y, kept_y)
    mean = (n + 1) / 2
    xx = yy = xy = 0.0
    for at in range(n):
        dx = rank_x[kept_y[at]] - mean
        dy = ranks[at] - mean
        xx += dx * dx
        yy += dy * dy
        xy += dx * dy
    if xx == 0 or yy == 0:
        return np.nan, n
    return xy / np.sqrt(xx * yy), n


@numba.njit(cache=True, parallel=True)
def _pairwise(scores, orders, lengths):
    n_models, n_benchmarks = scores.shape
    estimate = np.full((n_benchmarks, n_benchmarks), np.nan)
    shared = np.zeros((n_benchmarks, n_benchmarks), np.int64)
    for a in numba.prange(n_benchmarks):
        scratch = np.empty(n_models)
        x = scores[:, a].copy()
        shared[a, a] = lengths[a]
        estimate[a, a] = 1.0
        for b in range(a + 1, n_benchmarks):
            r, n = _shared_spearman(
                x, scores[:, b], orders[a, : lengths[a]], orders[b, : lengths[b]], scratch
            )
            estimate[a, b] = estimate[b, a] = r
            shared[a, b] = shared[b, a] = n
    return estimate, shared


def _orders(scores: Floats) -> tuple[Ints, Ints]:
    """Order of the present rows of each column, ascending, and how many there are."""
    # NaN sorts last, so the first `lengths` entries of an order are the rows that are present
    return np.argsort(scores, axis=0, kind="stable").T.copy(), (~np.isnan(scores)).sum(0)


def pairwise_spearman(scores: ArrayLike) -> tuple[Floats, Ints]:
    """Spearman of every pair of benchmarks over the models that both scored.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric, 1 on the diagonal; NaN where a pair shares fewer than two models or one of the
        benchmarks is constant over them.
    n_models : ndarray of int, same shape
        Models that the pair shares.

    Raises
    ------
    ValueError
        Not a matrix, or an infinity in it.

    Notes
    -----
    Each benchmark is sorted once; a pair costs two linear passes. Ranks are average ranks inside
    the shared models, as METHODS §4 asks, so this equals ``scipy.stats.spearmanr`` on the rows
    without a NaN.
    """
    scores = _matrix(scores)
    return _pairwise(scores, *_orders(scores))


def mean_off_diagonal(estimate: ArrayLike) -> float:
    """Mean of the unique off-diagonal entries that are not NaN; NaN if there is none."""
    estimate = np.asarray(estimate, float)
    above = estimate[np.triu_indices(len(estimate), 1)]
    known = above[~np.isnan(above)]
    return float(known.mean()) if known.size else float("nan")


def resample_weights(
    n_models: int, n_resamples: int, seed: int, blocks: ArrayLike | None = None
) -> NDArray[np.int16]:
    """How often each model is drawn in each bootstrap resample.

    Parameters
    ----------
    n_models : int
        Models to draw from.
    n_resamples : int
        Resamples to draw.
    seed : int
        Of NumPy's PCG64.
    blocks : array_like, shape (n_models,), optional
        Family of each model. With it, whole families are drawn, as many as there are, because
        models of one family are not independent; a resample's size then varies.

    Returns
    -------
    ndarray of int16, shape (n_resamples, n_models)
    """
    generator = np.random.default_rng(seed)
    if blocks is None:
        labels, n_blocks = np.arange(n_models), n_models
    else:
        names, labels = np.unique(np.asarray(blocks), return_inverse=True)
        n_blocks = len(names)
        if labels.shape != (n_models,):
            raise ValueError(f"blocks must have one entry per model, has shape {labels.shape}")
    drawn = generator.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples)
    return drawn.astype(np.int16)[:, labels]


@numba.njit(cache=True)
def _weighted_z(values, order, weights, total, z):
    """Standardised average ranks under weights into ``z``; False if the ranks do not vary."""
    n = order.size
    mean = (total + 1) / 2
    below = 0
    square = 0.0
    start = 0
    while start < n:
        tied = weights[order[start]]
        stop = start + 1
        while stop < n and values[order[stop]] == values[order[start]]:
            tied += weights[order[stop]]
            stop += 1
        rank = below + (tied + 1) / 2 - mean
        for at in range(start, stop):
            z[order[at]] = rank
        square += tied * rank * rank
        below += tied
        start = stop
    if square == 0:
        return False
    scale = 1 / np.sqrt(square)
    for i in range(n):
        z[i] *= scale
    return True


@numba.njit(cache=True, parallel=True)
def _bootstrap_mean(columns, orders, weights):
    n_benchmarks, n_models = columns.shape
    out = np.empty(weights.shape[0])
    for b in numba.prange(weights.shape[0]):
        w = weights[b].astype(np.int64)
        total = w.sum()
        z = np.empty(n_models)
        sums = np.zeros(n_models)
        valid = 0
        for k in range(n_benchmarks):
            if _weighted_z(columns[k], orders[k], w, total, z):
                valid += 1
                sums += z
        # the sum of all entries of a correlation matrix is the squared length of the summed z
        square = 0.0
        for i in range(n_models):
            square += w[i] * sums[i] * sums[i]
        out[b] = (square - valid) / (valid * (valid - 1)) if valid > 1 else np.nan
    return out


def bootstrap_mean_spearman(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean pairwise Spearman in each bootstrap resample of models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    ndarray, shape (n_resamples,)
        Mean over the pairs of benchmarks that vary in the resample; NaN if fewer than two do.

    Raises
    ------
    ValueError
        A cell is missing, or the shapes do not fit.

    Notes
    -----
    Never forms a correlation matrix: with z the standardised ranks, the matrix sums to
    ‖Σ_k z_k‖², so the mean off-diagonal entry follows from one vector per resample.
    """
    scores = _matrix(scores, complete=True)
    weights = np.asarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    return _bootstrap_mean(np.ascontiguousarray(scores.T), _orders(scores)[0], weights)


@numba.njit(cache=True, parallel=True)
def _bootstrap_z(columns, orders, weights, out):
    n_benchmarks, n_models = columns.shape
    for b in numba.prange(weights.shape[0]):
        w = weights[b].astype(np.int64)
        total = w.sum()
        z = np.empty(n_models)
        for k in range(n_benchmarks):
            varies = _weighted_z(columns[k], orders[k], w, total, z)
            for i in range(n_models):
                out[b, k, i] = z[i] * np.sqrt(w[i]) if varies else np.nan


def bootstrap_pairs(
    scores: ArrayLike, weights: ArrayLike, confidence: float = 0.95, batch: int = 1000
) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval of the Spearman of every pair of benchmarks.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.
    confidence : float
        Coverage of the interval.
    batch : int
        Resamples held in memory at a time (batch × n_models × n_benchmarks numbers).

    Returns
    -------
    low, high : ndarray, shape (n_benchmarks, n_benchmarks)
        Symmetric; NaN on the diagonal. Resamples in which a benchmark does not vary are left out.
        Single precision: the limits are exact to about 1e-6.

    Raises
    ------
    ValueError
        A cell is missing.
    """
    scores = _matrix(scores, complete=True)
    weights = np.asarray(weights, np.int16)
    n_models, n_benchmarks = scores.shape
    above = np.triu_indices(n_benchmarks, 1)
    drawn = np.empty((len(above[0]), len(weights)), np.float32)
    columns, orders = np.ascontiguousarray(scores.T), _orders(scores)[0]
    z = np.empty((batch, n_benchmarks, n_models), np.float32)
    # two BLAS threads stall on products this small
    with threadpool_limits(1, user_api="blas"):
        for start in range(0, len(weights), batch):
            part = z[: len(weights[start : start + batch])]
            _bootstrap_z(columns, orders, weights[start : start + batch], part)
            matrices = part @ part.transpose(0, 2, 1)
            drawn[:, start : start + len(part)] = matrices[:, above[0], above[1]].T
    tail = (1 - confidence) / 2
    low, high = np.full((2, n_benchmarks, n_benchmarks), np.nan)
    for target, level in ((low, tail), (high, 1 - tail)):
        target[above] = target.T[above] = _row_quantile(drawn, level)
    return low, high


def _row_quantile(drawn: NDArray[np.float32], level: float) -> Floats:
    """Quantile of each row, NaN left out (numpy's default definition), faster by a partition."""
    if np.isnan(drawn).any():
        return np.nanquantile(drawn, level, axis=1).astype(float)
    at = level * (drawn.shape[1] - 1)
    below, share = int(np.floor(at)), at - np.floor(at)
    above = min(below + 1, drawn.shape[1] - 1)
    placed = np.partition(drawn, (below, above), axis=1)[:, [below, above]].astype(float)
    return placed[:, 0] * (1 - share) + placed[:, 1] * share


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
    With s the signs of all differences between two models (0 where a score is missing), the
    concordant minus the discordant pairs of two benchmarks are a product s_aᵀ s_b: whole numbers,
    exact in any order.
    """
    scores = _matrix(scores)
    n, k = scores.shape
    present = (~np.isnan(scores)).astype(float)
    i, j = np.triu_indices(n, 1)
    with np.errstate(invalid="ignore"):
        signs = np.nan_to_num(np.sign(scores[i] - scores[j]))
    both = present[i] * present[j]
    score = signs.T @ signs
    untied = np.abs(signs).T @ both  # pairs of models untied in a, and present in b
    estimate = np.full((k, k), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        np.divide(score, np.sqrt(untied * untied.T), out=estimate)
    shared = (present.T @ present).astype(np.int64)
    estimate[~np.isfinite(estimate)] = np.nan
    np.fill_diagonal(estimate, 1.0)
    p_value = np.full((k, k), np.nan)
    ties = [_tie_counts(scores[present[:, a] > 0, a]) for a in range(k)]
    for a in range(k):
        for b in range(a + 1, k):
            ties_a, ties_b = ties[a], ties[b]
            keep = (present[:, a] * present[:, b]).astype(bool)
            if not (shared[a, b] == shared[a, a] == shared[b, b]):
                ties_a, ties_b = _tie_counts(scores[keep, a]), _tie_counts(scores[keep, b])
            variance = _kendall_variance(int(shared[a, b]), ties_a, ties_b)
            if variance > 0:
                z = score[a, b] / np.sqrt(variance)
                p_value[a, b] = p_value[b, a] = 2 * stats.norm.sf(abs(z))
    return np.clip(estimate, -1, 1), shared, p_value


def _tie_counts(values: Floats) -> Floats:
    return np.unique(values, return_counts=True)[1].astype(float)


def _kendall_variance(n: int, tx: Floats, ty: Floats) -> float:
    """Null variance of concordant minus discordant pairs under ties (Kendall 1970, ch. 5)."""
    if n < 3:
        return 0.0
    pairs = n * (n - 1.0)
    variance = (
        pairs * (2 * n + 5)
        - (tx * (tx - 1) * (2 * tx + 5)).sum()
        - (ty * (ty - 1) * (2 * ty + 5)).sum()
    ) / 18
    variance += (tx * (tx - 1)).sum() * (ty * (ty - 1)).sum() / (2 * pairs)
    variance += (
        (tx * (tx - 1) * (tx - 2)).sum() * (ty * (ty - 1) * (ty - 2)).sum() / (9 * pairs * (n - 2))
    )
    return float(variance)


def fieller_interval(
    estimate: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval of Kendall's τ: Fisher z with the variance .437 / (n − 4).

    Parameters
    ----------
    estimate : array_like of float
        τ in [−1, 1].
    n : array_like of int
        Models each estimate rests on.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    low, high : ndarray
        NaN where the estimate is NaN or n < 5.

    References
    ----------
    Fieller, Hartley & Pearson (1957), Tests for rank correlation coefficients I, Biometrika 44.
    """
    estimate, n = np.broadcast_arrays(np.asarray(estimate, float), np.asarray(n, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(0.437 / (n - 4))
        z = np.arctanh(estimate)
        low, high = np.tanh(z - margin), np.tanh(z + margin)
    unknown = (n < 5) | np.isnan(estimate)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def partial_spearman(scores: ArrayLike, covariate: ArrayLike) -> tuple[Floats, Ints]:
    """Spearman of every pair of benchmarks with a covariate held fixed.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    covariate : array_like, shape (n_models,)
        For example ImageNet top-1; NaN where unknown.

    Returns
    -------
    estimate : ndarray, shape (n_benchmarks, n_benchmarks)
        First-order partial correlation of average ranks over the models that have all three
        scores; NaN where one of them is constant or the covariate decides another fully.
    n_models : ndarray of int, same shape

    Notes
    -----
    ``pingouin.partial_corr(method="spearman")`` on the same rows.
    """
    scores, covariate = _matrix(scores), np.asarray(covariate, float)
    if covariate.shape != scores.shape[:1]:
        raise ValueError(f"covariate has shape {covariate.shape}, scores {scores.shape}")
    k = scores.shape[1]
    estimate, n_models = np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    present = ~np.isnan(scores) & ~np.isnan(covariate)[:, None]
    complete = (present == present[:, :1]).all()
    if complete:  # one set of models: rank once
        keep = present[:, 0] if k else np.zeros(0, bool)
        blocks = [(np.arange(k), keep)]
    else:
        blocks = [
            (np.array([a, b]), present[:, a] & present[:, b])
            for a in range(k)
            for b in range(a + 1, k)
        ]
    for columns, keep in blocks:
        n = int(keep.sum())
        n_models[np.ix_(columns, columns)] = n
        if n < 4:
            continue
        ranks = stats.rankdata(np.column_stack([scores[keep][:, columns], covariate[keep]]), axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            r = np.corrcoef(ranks, rowvar=False)
            c = r[:-1, -1]
            scale = np.sqrt((1 - c**2)[:, None] * (1 - c**2)[None, :])
            partial = (r[:-1, :-1] - np.outer(c, c)) / np.where(scale > 1e-12, scale, np.nan)
        np.fill_diagonal(partial, np.nan)
        estimate[np.ix_(columns, columns)] = np.clip(partial, -1, 1)
    return estimate, n_models


def minimum_detectable(n: ArrayLike, n_tests: ArrayLike, alpha: float = 0.05) -> Floats:
    """Smallest absolute correlation that Bonferroni over ``n_tests`` could call significant.

    Parameters
    ----------
    n : array_like of int
        Models per correlation.
    n_tests : array_like of int
        Pairs in the matrix.
    alpha : float
        Level before the correction.

    Returns
    -------
    ndarray
        r = t / √(n − 2 + t²) at the two-sided critical t; NaN where n < 3.
    """
    n, n_tests = np.broadcast_arrays(np.asarray(n, float), np.asarray(n_tests, float))
    t = stats.t.isf(alpha / n_tests / 2, np.maximum(n - 2, 1))
    return np.where(n < 3, np.nan, t / np.sqrt(n - 2 + t**2))


def random_cohort_means(scores: ArrayLike, size: int, n_draws: int, seed: int) -> Floats:
    """Mean pairwise Spearman of random cohorts of a given size.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        The pool of models; cells may be missing (pairwise deletion).
    size : int
        Models per random cohort, drawn without replacement.
    n_draws : int
        Random cohorts to draw.
    seed : int
        Of NumPy's PCG64.

    Returns
    -------
    ndarray, shape (n_draws,)
    """
    scores = _matrix(scores)
    if not 2 <= size <= len(scores):
        raise ValueError(f"size must lie in [2, {len(scores)}], is {size}")
    generator = np.random.default_rng(seed)
    means = np.empty(n_draws)
    for draw in range(n_draws):
        chosen = np.sort(generator.choice(len(scores), size, replace=False))
        means[draw] = mean_off_diagonal(pairwise_spearman(scores[chosen])[0])
    return means


def cluster_order(estimate: ArrayLike) -> Ints:
    """Order of benchmarks that puts similar ones side by side.

    Parameters
    ----------
    estimate : array_like, shape (n_benchmarks, n_benchmarks)
        Correlations; NaN counts as 0.

    Returns
    -------
    ndarray of int, shape (n_benchmarks,)
        Average linkage on 1 − r with optimal leaf ordering (scipy).
    """
    estimate = np.nan_to_num(np.asarray(estimate, float))
    if len(estimate) < 3:
        return np.arange(len(estimate))
    distance = np.clip(1 - (estimate + estimate.T) / 2, 0, 2)
    np.fill_diagonal(distance, 0)
    condensed = squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, "average", optimal_ordering=True)
    return hierarchy.leaves_list(tree).astype(np.int64)


def principal_components(
    scores: ArrayLike, n_draws: int = 1000, seed: int = 0, quantile: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Principal components of the rank correlations, with parallel analysis.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete; ranked per benchmark first, so that the components are those of the Spearman
        matrix.
    n_draws : int
        Draws of parallel analysis: each benchmark permuted on its own.
    seed : int
        Of NumPy's PCG64.
    quantile : float
        Of the permuted eigenvalues.

    Returns
    -------
    eigenvalues : ndarray, shape (n_benchmarks,)
        Descending; they sum to the number of benchmarks.
    loadings : ndarray, shape (n_benchmarks, n_benchmarks)
        Column c holds the loadings (eigenvector × √eigenvalue) of component c; the loading that is
        largest in size is positive.
    threshold : ndarray, shape (n_benchmarks,)
        Quantile of each eigenvalue under permutation. As many dimensions are real as leading
        eigenvalues exceed theirs (Horn 1965).
    """
    scores = _matrix(scores, complete=True)
    ranks = stats.rankdata(scores, axis=0)
    centred = ranks - ranks.mean(0)
    scale = np.sqrt((centred**2).sum(0))
    if (scale == 0).any():
        raise ValueError("a benchmark is constant")
    z = centred / scale
    values, vectors = np.linalg.eigh(z.T @ z)
    values, vectors = values[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    vectors = vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
    generator = np.random.default_rng(seed)
    permuted = np.empty((n_draws, z.shape[1]))
    with threadpool_limits(1, user_api="blas"):
        for draw in range(n_draws):
            shuffled = generator.permuted(z, axis=0)
            permuted[draw] = np.linalg.eigvalsh(shuffled.T @ shuffled)[::-1]
    threshold = np.quantile(permuted, quantile, axis=0)
    return values, vectors * np.sqrt(np.maximum(values, 0)), threshold


@numba.njit(cache=True, parallel=True)
def _bootstrap_mean_partial(columns, orders, covariate, covariate_order, weights):
    n_benchmarks, n_models = columns.shape
    plain, partial = np.full((2, weights.shape[0]), np.nan)
    for b in numba.prange(weights.shape[0]):
        w = weights[b].astype(np.int64)
        total = w.sum()
        z, held = np.empty(n_models), np.empty(n_models)
        sums, rests = np.zeros(n_models), np.zeros(n_models)
        if not _weighted_z(covariate, covariate_order, w, total, held):
            continue
        n_plain = n_partial = 0
        for k in range(n_benchmarks):
            if not _weighted_z(columns[k], orders[k], w, total, z):
                continue
            n_plain += 1
            sums += z
            r = 0.0
            for i in range(n_models):
                r += w[i] * z[i] * held[i]
            if r * r < 1 - 1e-12:
                n_partial += 1
                rests += (z - r * held) / np.sqrt(1 - r * r)
        square = rest = 0.0
        for i in range(n_models):
            square += w[i] * sums[i] * sums[i]
            rest += w[i] * rests[i] * rests[i]
        if n_plain > 1:
            plain[b] = (square - n_plain) / (n_plain * (n_plain - 1))
        if n_partial > 1:
            partial[b] = (rest - n_partial) / (n_partial * (n_partial - 1))
    return plain, partial


def bootstrap_mean_partial_spearman(
    scores: ArrayLike, covariate: ArrayLike, weights: ArrayLike
) -> tuple[Floats, Floats]:
    """Mean pairwise Spearman in each resample of models, plain and with a covariate held fixed.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        Complete.
    covariate : array_like, shape (n_models,)
        Complete.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    plain, partial : ndarray, shape (n_resamples,)
        NaN where the covariate, or all benchmarks but one, do not vary in the resample.

    Raises
    ------
    ValueError
        A cell is missing, or the shapes do not fit.

    Notes
    -----
    Models are ranked anew in each resample. A partial correlation is the correlation of what the
    covariate's ranks leave of the ranks, so its mean follows from one vector per resample, as in
    :func:`bootstrap_mean_spearman`.
    """
    scores = _matrix(scores, complete=True)
    covariate = _matrix(np.asarray(covariate, float)[:, None], complete=True)
    weights = np.asarray(weights, np.int16)
    n = scores.shape[0]
    if weights.ndim != 2 or weights.shape[1] != n or len(covariate) != n:
        raise ValueError(f"weights {weights.shape}, covariate {len(covariate)}, scores {n} models")
    return _bootstrap_mean_partial(
        np.ascontiguousarray(scores.T),
        _orders(scores)[0],
        covariate[:, 0].copy(),
        _orders(covariate)[0][0],
        weights,
    )


@numba.njit(cache=True, parallel=True)
def _bootstrap_mean_shared(values, orders, starts, rows, row_starts, n_first, weights):
    """Block p holds columns ``starts[p]`` … over the rows that two groups of benchmarks share."""
    out = np.full(weights.shape[0], np.nan)
    n_models = weights.shape[1]
    for b in numba.prange(weights.shape[0]):
        total, n_pairs = 0.0, 0
        w = np.empty(n_models, np.int64)
        z = np.empty(n_models)
        sums = np.empty((2, n_models))
        valid = np.empty(2, np.int64)
        for p in range(n_first.size):
            n = row_starts[p + 1] - row_starts[p]
            drawn = 0
            for i in range(n):
                w[i] = weights[b, rows[row_starts[p] + i]]
                drawn += w[i]
            if drawn < 3:
                continue
            sums[:, :n] = 0
            valid[:] = 0
            n_columns = (starts[p + 1] - starts[p]) // n
            for k in range(n_columns):
                at = starts[p] + k * n
                if _weighted_z(values[at : at + n], orders[at : at + n], w, drawn, z):
                    side = 0 if k < n_first[p] else 1
                    valid[side] += 1
                    for i in range(n):
                        sums[side, i] += z[i]
            other = 0 if n_first[p] == n_columns else 1
            product = 0.0
            for i in range(n):
                product += w[i] * sums[0, i] * sums[other, i]
            if other == 0:  # a group with itself: its pairs stand twice, beside its diagonal
                total += (product - valid[0]) / 2
                n_pairs += valid[0] * (valid[0] - 1) // 2
            else:
                total += product
                n_pairs += valid[0] * valid[1]
        if n_pairs > 0:
            out[b] = total / n_pairs
    return out


def bootstrap_mean_shared_spearman(scores: ArrayLike, weights: ArrayLike) -> Floats:
    """Mean pairwise Spearman in each bootstrap resample of models, each pair over its models.

    Parameters
    ----------
    scores : array_like, shape (n_models, n_benchmarks)
        NaN where a cell is missing.
    weights : array_like of int, shape (n_resamples, n_models)
        As of :func:`resample_weights`.

    Returns
    -------
    ndarray, shape (n_resamples,)
        Mean over the pairs that share three drawn models or more, on which both vary; NaN if there
        is none.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Notes
    -----
    Benchmarks that miss the same models are ranked together: for two such groups the correlations
    between them sum to the product of two summed vectors, as in :func:`bootstrap_mean_spearman`.
    """
    scores = _matrix(scores)
    weights = np.asarray(weights, np.int16)
    if weights.ndim != 2 or weights.shape[1] != scores.shape[0]:
        raise ValueError(f"weights have shape {weights.shape}, scores {scores.shape}")
    present, group = np.unique(~np.isnan(scores), axis=1, return_inverse=True)
    members = [np.flatnonzero(group.ravel() == g) for g in range(present.shape[1])]
    rows, values, orders, n_first = [], [], [], []
    for a, first in enumerate(members):
        for b in range(a, len(members)):
            shared = np.flatnonzero(present[:, a] & present[:, b])
            if not shared.size:
                continue
            chosen = first if a == b else np.r_[first, members[b]]
            part = scores[np.ix_(shared, chosen)]
            rows.append(shared)
            values.append(part.T.ravel())
            orders.append(_orders(part)[0].ravel())
            n_first.append(len(first))
    if not rows:
        return np.full(len(weights), np.nan)
    return _bootstrap_mean_shared(
        np.concatenate(values),
        np.concatenate(orders),
        np.cumsum([0, *map(len, values)]),
        np.concatenate(rows),
        np.cumsum([0, *map(len, rows)]),
        np.array(n_first),
        weights,
    )


def random_cohort_pair_models(scores: ArrayLike, size: int, n_draws: int, seed: int) -> Floats:
    """Median number of models under a pair in the draws of :func:`random_cohort_means`.

    Parameters
    ----------
    scores, size, n_draws, seed
        As there.

    Returns
    -------
    ndarray, shape (n_draws,)
    """
    scores = _matrix(scores)
    generator = np.random.default_rng(seed)
    present = (~np.isnan(scores)).astype(float)
    above = np.triu_indices(scores.shape[1], 1)
    medians = np.empty(n_draws)
    for draw in range(n_draws):
        chosen = present[np.sort(generator.choice(len(scores), size, replace=False))]
        medians[draw] = np.median((chosen.T @ chosen)[above])
    return medians
