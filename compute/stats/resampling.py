"""Resampling: the one place that draws, cuts work into slices, and takes percentiles.

A resample is a vector of counts, how often each model (or image, person, benchmark) was drawn. All
draws come from NumPy's PCG64; where a function takes a seed it also takes a generator, which then
goes on from where it stands.
"""

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TypeVar

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

Floats = NDArray[np.float64]
Seed = int | Sequence[int] | np.random.Generator
Result = TypeVar("Result")


def resample_counts(
    n: int, n_resamples: int, seed: Seed, blocks: ArrayLike | None = None
) -> NDArray[np.int16]:
    """How often each of n things is drawn in bootstrap resamples of size n.

    Parameters
    ----------
    n : int
        Things to draw from, for example models.
    n_resamples : int
        Resamples to draw.
    seed : int, sequence of int or Generator
        Of NumPy's PCG64.
    blocks : array_like, shape (n,), optional
        What each thing belongs to, for example a model's architecture family. With it whole blocks
        are drawn, as many as there are, because models of one family are not independent; the size
        of a resample then varies.

    Returns
    -------
    ndarray of int16, shape (n_resamples, n)

    Raises
    ------
    ValueError
        Not one block per thing, or so many things that their counts might not fit.
    """
    labels, n_drawn = np.arange(n), n
    if blocks is not None:
        names, labels = np.unique(np.asarray(blocks), return_inverse=True)
        n_drawn = len(names)
    if labels.shape != (n,):
        raise ValueError(f"blocks must have one entry per model, has shape {labels.shape}")
    if n_drawn >= 2**15:
        raise ValueError(f"{n_drawn} things to draw from are too many for counts of 16 bits")
    is_fixed = isinstance(seed, int)
    return (_drawn if is_fixed else _drawn.__wrapped__)(n_drawn, n_resamples, seed)[:, labels]


@lru_cache(maxsize=64)
def _drawn(n: int, n_resamples: int, seed: Seed) -> NDArray[np.int16]:
    """Kept, because cohorts of one size, and both bootstraps of a cohort, begin with one draw."""
    shares = np.full(n, 1 / n) if n else np.empty(0)
    return np.random.default_rng(seed).multinomial(n, shares, n_resamples).astype(np.int16)


def random_subsets(n: int, size: int, n_draws: int, seed: Seed) -> NDArray[np.uint8]:
    """Random sets of ``size`` of n things, drawn without replacement.

    Parameters
    ----------
    n, size, n_draws : int
        Things to draw from, things of a set, sets.
    seed : int, sequence of int or Generator
        Of NumPy's PCG64.

    Returns
    -------
    ndarray of uint8, shape (n_draws, n)
        1 for the members of each set.

    Raises
    ------
    ValueError
        A set of fewer than two or of more things than there are.
    """
    if not 2 <= size <= n:
        raise ValueError(f"size must lie in [2, {n}], is {size}")
    generator = np.random.default_rng(seed)
    chosen = np.zeros((n_draws, n), np.uint8)
    for draw in chosen:
        draw[generator.choice(n, size, replace=False)] = 1
    return chosen


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()  # finding the libraries takes longer than many a kernel


def one_blas_thread() -> AbstractContextManager:
    """Hold BLAS to one thread: two stall on products as small as these."""
    return _libraries().limit(limits=1, user_api="blas")


def in_slices(work: Callable[[slice], Result], n: int, size: int) -> list[Result]:
    """Run ``work`` on slices of n rows, one thread per core; BLAS stays on one thread.

    Parameters
    ----------
    work : callable
        Takes a slice of rows. Compiled code in it should release the GIL.
    n : int
        Rows in all.
    size : int
        Rows of a slice. The same on any machine, so that sums keep their order.

    Returns
    -------
    list
        What ``work`` returned, in the order of the rows.
    """
    slices = [slice(at, min(at + size, n)) for at in range(0, n, size)]
    with one_blas_thread():
        if len(slices) < 2:
            return [work(rows) for rows in slices]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(work, slices))


@numba.njit(cache=True, nogil=True)
def _row_quantiles(rows, tails, out):
    """Quantiles of each row, NaN left out, by a histogram that finds the few values to sort."""
    n_bins = 512
    bins = np.empty(n_bins, np.int64)
    for i in range(rows.shape[0]):
        low, high, n = np.inf, -np.inf, 0
        for value in rows[i]:
            if not np.isnan(value):
                low, high, n = min(low, value), max(high, value), n + 1
        if n == 0:
            continue
        scale = (n_bins - 1) / (high - low) if high > low else 0.0
        bins[:] = 0
        for value in rows[i]:
            if not np.isnan(value):
                bins[int((value - low) * scale)] += 1
        for q in range(tails.size):
            at = tails[q] * (n - 1)
            below, above = int(np.floor(at)), int(np.ceil(at))
            first, before = 0, 0
            while before + bins[first] <= below:
                before += bins[first]
                first += 1
            last, upto = first, before + bins[first]
            while upto <= above:
                last += 1
                upto += bins[last]
            kept = np.empty(upto - before)
            k = 0
            for value in rows[i]:
                if not np.isnan(value) and first <= int((value - low) * scale) <= last:
                    kept[k] = value
                    k += 1
            kept.sort()
            floor, ceiling = kept[below - before], kept[above - before]
            out[q, i] = floor + (at - below) * (ceiling - floor)


def percentile_interval(draws: ArrayLike) -> tuple[Floats, Floats]:
    """95 % percentile interval of each row, by NumPy's default definition of quantiles.

    Parameters
    ----------
    draws : array_like, shape (n_resamples,) or (n_rows, n_resamples)
        One value per resample; NaN is left out.

    Returns
    -------
    low, high : ndarray, shape () or (n_rows,)
        NaN for a row of NaN.
    """
    draws = np.asarray(draws, float)
    rows = np.ascontiguousarray(np.atleast_2d(draws))
    tails = np.array([(1 - 0.95) / 2, (1 + 0.95) / 2])
    limits = np.full((2, len(rows)), np.nan)
    in_slices(lambda at: _row_quantiles(rows[at], tails, limits[:, at]), len(rows), 64)
    return tuple(limits if draws.ndim == 2 else limits[:, 0])


def crossed_draws(pairs: Floats, by_images: Floats, people_weights: Floats) -> Floats:
    """How far the mean over people would fall from itself with other images and other people.

    Parameters
    ----------
    pairs : ndarray, shape (n_models, n_people, n_measures)
        Measures of each model with each person.
    by_images : ndarray, shape (n_resamples, n_models, n_people, n_measures)
        The same in resamples of the images.
    people_weights : ndarray, shape (n_resamples, n_people)
        How often each person was drawn; rows sum to ``n_people``.

    Returns
    -------
    ndarray, shape (n_resamples, n_models, n_measures)
        Deviations with mean zero. NaN with fewer than two people, whose spread is unknown.

    Raises
    ------
    ValueError
        A row of weights does not sum to the number of people.

    Notes
    -----
    Images and people are crossed: the mean spreads by a + b + e, of images, of people, and of what
    one person makes of one image. Drawing images alone gives a + e; drawing people alone b + e,
    (n - 1)/n of it; drawing both counts e three times (Owen 2007, "The pigeonhole bootstrap", Ann.
    Appl. Stat. 1:386). So e follows from the three, and the sum of the deviations of the first two
    is scaled to a + b + e, at least to the larger of the two.
    """
    n_people = pairs.shape[1]
    if (people_weights.sum(axis=1) != n_people).any():
        raise ValueError(f"rows of people_weights must sum to {n_people}, not as many as drawn")
    if n_people < 2:
        return np.full((len(by_images), len(pairs), pairs.shape[2]), np.nan)
    grow = n_people / (n_people - 1)
    images = by_images.mean(axis=2)
    people = np.einsum("mpk,rp->rmk", pairs, people_weights) / n_people
    people = np.sqrt(grow) * (people - people.mean(axis=0))
    both = np.einsum("rmpk,rp->rmk", by_images, people_weights) / n_people
    with warnings.catch_warnings():
        # a model that shares no image with a person of this dataset is NaN in every resample
        warnings.simplefilter("ignore", RuntimeWarning)
        images = images - np.nanmean(images, axis=0)
        out = images + people
        of_images, of_people, of_both, there = (
            np.nanvar(draws, axis=0) for draws in (images, people, both, out)
        )
    spread = of_images + 2 * of_people - grow * (of_both - of_images)
    spread = np.maximum(spread, np.maximum(of_images, of_people))
    return out * np.sqrt(np.divide(spread, there, out=np.zeros_like(spread), where=there > 0))
