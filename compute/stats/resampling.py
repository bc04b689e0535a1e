"""What every bootstrap here needs: work cut into slices, and the percentiles of what it gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

Result = TypeVar("Result")


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()  # finding the libraries takes longer than many a kernel


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
    # two BLAS threads stall on products this small
    with _libraries().limit(limits=1, user_api="blas"):
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


def row_quantiles(rows: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of each row, by NumPy's default definition.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_resamples)
        NaN is left out.
    levels : ndarray, shape (n_levels,)
        Probabilities in [0, 1].

    Returns
    -------
    ndarray, shape (n_levels, n_rows)
        NaN for a row of NaN.
    """
    out = np.full((len(levels), len(rows)), np.nan)
    in_slices(lambda at: _row_quantiles(rows[at], levels, out[:, at]), len(rows), 64)
    return out
