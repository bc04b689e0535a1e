"""Distances between stimuli, and the correlation of two sets of them.

Distances and dissimilarities are square matrices with a zero diagonal; more is less alike. A
similarity enters as its negative. Nothing here accepts a NaN: a model that has none of its
features is a failure to record, not a number.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

DISTANCES = ("cosine", "correlation", "inner", "euclidean")
CENTRED = "_centred"
"""Ending of a distance before which the mean pattern over stimuli is taken off."""


def centred(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """The same distances of centred patterns, without Euclidean, which they leave as it is."""
    return tuple(d + CENTRED for d in chosen if d != "euclidean")


def distances(features: ArrayLike, metric: str = "cosine") -> Floats:
    """Distance between every two stimuli.

    Parameters
    ----------
    features : array_like, shape (n, n_dims)
        One row per stimulus.
    metric : {'cosine', 'correlation', 'inner', 'euclidean'}
        1 − cosine similarity; 1 − Pearson correlation over features; minus the inner product (a
        similarity, so it may be negative); Euclidean distance. With the ending `CENTRED` the mean
        of each feature over the stimuli is taken off first: then every distance depends on which
        stimuli are compared together.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric to the last bit, zero on the diagonal.

    Raises
    ------
    ValueError
        Not a matrix, a NaN or an infinity, the same row for every stimulus, a row of zeros under
        cosine or of equal features under correlation, or another metric.
    """
    x = np.asarray(features, np.float64)
    if x.ndim != 2:
        raise ValueError(f"features must be stimuli × dimensions, have shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(
            f"features of stimulus {np.argwhere(~np.isfinite(x))[0][0]} are not finite"
        )
    if is_the_same(x):
        raise ValueError("features are the same for every stimulus: nothing is nearer or farther")
    name, is_centred = metric.removesuffix(CENTRED), metric.endswith(CENTRED)
    if name not in DISTANCES:
        raise ValueError(f"distance {metric!r} is none of {', '.join(DISTANCES)}")
    if is_centred:
        x = x - x.mean(axis=0)
    if name == "correlation":
        x = x - x.mean(axis=1, keepdims=True)
        x[np.abs(x).max(axis=1) <= 1e-12 * np.abs(features).max(axis=1)] = 0  # all equal
    has_length = name in ("cosine", "correlation")
    if has_length:
        norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
        if not norm.all():
            fault = "zero: no cosine" if name == "cosine" else "equal: no correlation"
            raise ValueError(f"features of stimulus {np.argmin(norm)} are all {fault}")
        x = x / norm
    product = x @ x.T
    product = (product + product.T) / 2
    if has_length:
        out = np.clip(1 - product, 0, 2)
        out[out < (8 + x.shape[1]) * np.finfo(float).eps] = 0  # one direction, but for rounding
    elif name == "inner":
        out = -product
    else:
        square = np.diag(product)
        out = np.sqrt(np.clip(square[:, None] + square - 2 * product, 0, None))
    np.fill_diagonal(out, 0)
    return out


def is_the_same(features: ArrayLike) -> bool:
    """Whether a network says the same of every stimulus, but for what float32 rounds away."""
    x = np.asarray(features)
    return len(x) > 1 and bool(np.ptp(x, axis=0).max() <= 1e-6 * np.abs(x).max())


def square_matrices(distance: ArrayLike) -> Floats:
    """Check distances: the one gate of everything that compares them.

    Parameters
    ----------
    distance : array_like, shape (n, n) or (n_models, n, n)
        Of one model, or of many at once.

    Returns
    -------
    ndarray of the same shape
        Symmetric to the last bit, zero on the diagonal.

    Raises
    ------
    ValueError
        Not square; or a distance that is not finite, unlike its mirror image or, on the diagonal,
        not zero, by more than a millionth of the largest. The message has the index.
    """
    d = np.asarray(distance, np.float64)
    if d.ndim not in (2, 3) or d.shape[-2] != d.shape[-1]:
        raise ValueError(f"distances must be square matrices, have shape {d.shape}")
    mirror = d.swapaxes(-1, -2)
    on_diagonal = np.diagonal(d, axis1=-2, axis2=-1)
    if np.isfinite(d).all() and not on_diagonal.any() and np.array_equal(d, mirror):
        return d
    tolerance = 1e-6 * np.abs(d).max(axis=(-2, -1), keepdims=True, initial=0)
    with np.errstate(invalid="ignore"):
        faults = {
            "not finite": ~np.isfinite(d),
            "not zero on the diagonal": np.eye(d.shape[-1], dtype=bool) & (np.abs(d) > tolerance),
            "not symmetric": np.abs(d - mirror) > tolerance,
        }
    for what, where in faults.items():
        if where.any():
            raise ValueError(f"distances are {what} at {np.argwhere(where)[0].tolist()}")
    d = (d + mirror) / 2
    d[..., np.arange(d.shape[-1]), np.arange(d.shape[-1])] = 0
    return d


def two_matrices(models: ArrayLike, human: ArrayLike) -> tuple[Floats, Floats]:
    """Check distances of one model or of many, and people's, of the same stimuli."""
    models, human = square_matrices(models), square_matrices(human)
    if models.shape[-2:] != human.shape:
        raise ValueError(f"distances have shapes {models.shape} and {human.shape}")
    return models, human


def pairs(distance: ArrayLike) -> Floats:
    """Distances of the n(n − 1)/2 pairs, the upper triangle by rows; of one matrix or a stack.

    Raises
    ------
    ValueError
        As :func:`square_matrices`.
    """
    return upper(square_matrices(distance))


def upper(d: Floats) -> Floats:
    """As :func:`pairs`, of distances that were checked."""
    return d[(..., *np.triu_indices(d.shape[-1], 1))]


def is_constant(rows: ArrayLike) -> bool | NDArray[np.bool_]:
    """Whether all numbers of a row are one: nothing is nearer than anything else."""
    rows = np.asarray(rows)
    return rows.max(axis=-1, initial=-np.inf) <= rows.min(axis=-1, initial=np.inf)


def standardised(rows: ArrayLike) -> Floats:
    """Rows less their mean, of length one; NaN where a row does not vary."""
    rows = np.asarray(rows, np.float64)
    rows = rows - rows.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return rows / np.sqrt((rows * rows).sum(axis=-1, keepdims=True))


def _correlations(models: Floats, human: Floats) -> float | Floats:
    out = np.full(models.shape[:-1], np.nan)
    if human.size:
        found = np.clip(standardised(models) @ standardised(human), -1, 1)
        # the mean of equal numbers is not always that number, so their range tells them
        out = np.where(is_constant(models) | is_constant(human), np.nan, found)
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
        Shapes that do not fit, or distances that :func:`square_matrices` refuses.
    """
    models, human = two_matrices(models, human)
    return _correlations(upper(models), upper(human))


def spearman_alignment(models: ArrayLike, human: ArrayLike) -> float | Floats:
    """As :func:`pearson_alignment`, of ranks; ties have average ranks."""
    models, human = two_matrices(models, human)
    return _correlations(rankdata(upper(models), axis=-1), rankdata(upper(human)))
