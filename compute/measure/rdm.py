"""Distances between stimuli, and the correlation of two sets of them.

Distances and dissimilarities are square matrices with a zero diagonal; more is less alike. A
similarity enters as its negative. Nothing here accepts a NaN: a model that has none of its
features is a failure to record, not a number.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

DISTANCES = ("cosine", "inner", "euclidean")


def distances(features: ArrayLike, metric: str = "cosine") -> Floats:
    """Distance between every two stimuli.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        One row per stimulus.
    metric : {'cosine', 'inner', 'euclidean'}
        1 − cosine similarity; minus the inner product (a similarity, so it may be negative);
        Euclidean distance.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric to the last bit, zero on the diagonal.

    Raises
    ------
    ValueError
        Not a matrix, a NaN or an infinity, a row of zeros under cosine, or another metric.
    """
    x = np.asarray(features, np.float64)
    if x.ndim != 2:
        raise ValueError(f"features must be stimuli × dimensions, have shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(
            f"features of stimulus {np.argwhere(~np.isfinite(x))[0][0]} are not finite"
        )
    if metric == "cosine":
        norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
        if not norm.all():
            raise ValueError(f"features of stimulus {np.argmin(norm)} are all zero: no cosine")
        x = x / norm
    product = x @ x.T
    product = (product + product.T) / 2
    if metric == "cosine":
        out = np.clip(1 - product, 0, 2)
    elif metric == "inner":
        out = -product
    elif metric == "euclidean":
        square = np.diag(product)
        out = np.sqrt(np.clip(square[:, None] + square - 2 * product, 0, None))
    else:
        raise ValueError(f"distance {metric!r} is none of {', '.join(DISTANCES)}")
    np.fill_diagonal(out, 0)
    return out


def square_matrix(distance: ArrayLike) -> Floats:
    """Check that distances are a square matrix of finite numbers."""
    d = np.asarray(distance, np.float64)
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise ValueError(f"distances must be a square matrix, have shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError(
            f"the distance at {np.argwhere(~np.isfinite(d))[0].tolist()} is not finite"
        )
    return d


def two_matrices(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Check two sets of distances of the same stimuli."""
    a, b = square_matrix(a), square_matrix(b)
    if a.shape != b.shape:
        raise ValueError(f"distances have shapes {a.shape} and {b.shape}")
    return a, b


def pairs(distance: ArrayLike) -> Floats:
    """Distances of the n(n − 1)/2 pairs, the upper triangle by rows; of one matrix or a stack.

    Raises
    ------
    ValueError
        Not square, or not finite.
    """
    d = np.asarray(distance, np.float64)
    if d.ndim == 3:
        return np.stack([pairs(one) for one in d]) if len(d) else np.empty((0, 0))
    d = square_matrix(d)
    return d[np.triu_indices(len(d), 1)]


def standardised(rows: ArrayLike) -> Floats:
    """Rows less their mean, of length one; NaN where a row does not vary."""
    rows = np.asarray(rows, np.float64)
    rows = rows - rows.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows / np.sqrt((rows * rows).sum(axis=-1, keepdims=True))


def _correlations(models: Floats, human: Floats) -> float | Floats:
    if models.shape[-1:] != human.shape:
        raise ValueError(f"distances have {models.shape[-1]} and {len(human)} pairs")
    out = np.clip(standardised(models) @ standardised(human), -1, 1)
    return out if out.ndim else float(out)


def pearson_alignment(models: ArrayLike, human: ArrayLike) -> float | Floats:
    """Pearson correlation over pairs; NaN where all distances of one side are equal.

    Parameters
    ----------
    models : array_like, shape (n, n) or (n_models, n, n)
        Distances of one model, or of many at once.
    human : array_like, shape (n, n)
        Mean dissimilarity of people, or another model's distances.

    Returns
    -------
    float or ndarray, shape (n_models,)

    Raises
    ------
    ValueError
        Shapes that do not fit, or a number that is not finite.
    """
    return _correlations(pairs(models), pairs(human))


def spearman_alignment(models: ArrayLike, human: ArrayLike) -> float | Floats:
    """As :func:`pearson_alignment`, of ranks; ties have average ranks."""
    return _correlations(rankdata(pairs(models), axis=-1), rankdata(pairs(human)))
