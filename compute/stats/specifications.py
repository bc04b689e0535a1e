"""Joint tests over specifications: would many ways to ask give such answers if nothing were there?

Models are permuted within their families, all answers are made again, and their median is compared.
Dependence between specifications needs no model: it is the same in every permutation.

References
----------
Simonsohn, Simmons & Nelson (2020), Specification curve analysis, Nature Human Behaviour 4, step 3.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.stats.correlation import pearson_between
from compute.stats.ranks import Floats, average_ranks

N_PERMUTATIONS, SEED = 199, 20_261_128
MIN_SHARED = 3
"""Two models always correlate by 1 or −1."""


class JointTest(NamedTuple):
    """The median over specifications, and where it lies among permutations.

    Attributes
    ----------
    median : float
        As the data are.
    null_median, null_high : float
        Median and 95 % quantile of the same over permutations.
    p_value : float
        One-sided: share of permutations whose median is not smaller; the data count as one.
    n_specifications, n_models : int
    """

    median: float
    null_median: float
    null_high: float
    p_value: float
    n_specifications: int
    n_models: int


def shuffled_within(labels: ArrayLike, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Orders of rows in which each stays among those of its label.

    Parameters
    ----------
    labels : array_like, shape (n_rows,)
        For example families of models.
    n : int
        Orders wanted.
    rng : Generator
        Of NumPy.

    Returns
    -------
    ndarray of int, shape (n_rows, n)
        One order per column.
    """
    codes = np.unique(np.asarray(labels), return_inverse=True)[1]
    place = np.argsort(codes, kind="stable")
    orders = np.empty((len(codes), n), np.int64)
    orders[place] = np.argsort(rng.random((len(codes), n)) + codes[:, None], axis=0)
    return orders


def joint_test(
    answers: Callable[[NDArray[np.int64]], ArrayLike], families: ArrayLike, n_orders: int
) -> JointTest:
    """Compare the median of many answers with what it is when models are permuted.

    Parameters
    ----------
    answers : callable
        Takes ``n_orders`` orders of the models, one per column, and returns the answer of every
        specification; NaN is left out.
    families : array_like, shape (n_models,)
        Models are permuted within them.
    n_orders : int
        1 where all that moves moves together.
    """
    n, rng = len(np.asarray(families)), np.random.default_rng(SEED)
    as_it_is = np.asarray(answers(np.tile(np.arange(n)[:, None], n_orders)))
    observed = float(np.nanmedian(as_it_is))
    null = np.array(
        [
            np.nanmedian(answers(shuffled_within(families, n_orders, rng)))
            for _ in range(N_PERMUTATIONS)
        ]
    )
    return JointTest(
        observed,
        float(np.median(null)),
        float(np.quantile(null, 0.95)),
        float((1 + (null >= observed - 1e-12).sum()) / (1 + N_PERMUTATIONS)),
        int((~np.isnan(as_it_is)).sum()),
        n,
    )


def ranked(scores: ArrayLike) -> Floats:
    """Average ranks of every column over the models that have it; NaN stays."""
    found = np.array(scores, float)
    for column in found.T:
        known = ~np.isnan(column)
        column[known] = average_ranks(column[known], axis=0)
    return found


def correlations(one: ArrayLike, other: ArrayLike) -> Floats:
    """Correlation of every column of one matrix with every column of another.

    Parameters
    ----------
    one : array_like, shape (n_models, n_a)
        NaN where a score is missing.
    other : array_like, shape (n_models, n_b)
        Likewise. Of ranks taken over all models of a column this is nearly, not exactly, Spearman's
        where scores are missing, and much faster.

    Returns
    -------
    ndarray, shape (n_a, n_b)
        NaN where fewer than three models have both, or one does not vary over these.
    """
    shared = (~np.isnan(one)).T.astype(int) @ ~np.isnan(other)
    return np.where(shared >= MIN_SHARED, pearson_between(one, other), np.nan)
