"""How much is done where work would grow faster than the scores: one place that says so.

No published cohort or snapshot reaches these limits. Beyond them work grows with the number of
models and no faster, and what is reported is of a part of the models, or of fewer resamples.
"""

import numpy as np

from compute.stats.ranks import Ints

MOST_RIVALS = 1_000
"""Models that each model is ranked against, pair by pair; of more, so many."""

MOST_CELLS = 10_000_000_000
"""Resamples × cells that each of them goes through."""

FEWEST_RESAMPLES, FEWEST_GROUPS = 100, 10
"""Limits of 95 % cannot be read off fewer, nor an error off fewer replicates of a jackknife."""


def n_resamples(asked: int, n_cells: int, fewest: int = FEWEST_RESAMPLES) -> int:
    """How many resamples are drawn: as many as asked for, or as `MOST_CELLS` allows.

    Parameters
    ----------
    asked : int
        Resamples where work does not matter.
    n_cells : int
        Cells that one resample goes through, for example models × pairs of benchmarks.
    fewest : int
        As many are drawn whatever they cost.

    Returns
    -------
    int
        Not fewer than the fewest, nor more than were asked for.
    """
    return min(asked, max(fewest, MOST_CELLS // max(n_cells, 1)))


def spread_evenly(n: int, most: int = MOST_RIVALS) -> Ints:
    """Places of n things in order: all, or so many spread evenly, the first and the last too."""
    if n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).round().astype(np.int64)
