"""Rank intervals over datasets: a loop over pairs of models against one pass over all of them.

Run ``python -m benchmarks.rank_jackknife``; both sides leave out the same datasets, the intervals
are compared first, and the table goes to ``benchmarks/results/rank_jackknife.md``. Only the ratio
is a claim: seconds depend on the machine.
"""

import itertools
import time

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.measure import publish, seconds
from compute.stats.aggregation.intervals import LeftOut, rankings

N_MODELS, N_BENCHMARKS, N_DATASETS, GOAL = 138, 50, 8, 50


def averaged(table: pd.DataFrame, scheme: str) -> pd.Series:
    """One score per model."""
    if scheme == "z_mean":
        table = (table - table.mean()) / table.std()
    if scheme == "mean_rank":
        table = table.rank() / len(table)
    return table.mean(axis=1)


def pandas_loop(scores: np.ndarray, datasets: np.ndarray, scheme: str) -> np.ndarray:
    """Leave out each dataset, average, and test one pair of models at a time."""
    table, names = pd.DataFrame(scores), np.unique(datasets)
    whole = averaged(table, scheme)
    without = [averaged(table.loc[:, name != datasets], scheme) for name in names]
    n, critical = len(names), stats.t.ppf(0.95, len(names) - 1)
    low, high = np.ones(N_MODELS), np.full(N_MODELS, float(N_MODELS))
    for a, b in itertools.combinations(range(N_MODELS), 2):
        differences = pd.Series([scores[a] - scores[b] for scores in without])
        error = np.sqrt((n - 1) / n * ((differences - differences.mean()) ** 2).sum())
        t = (whole[a] - whole[b]) / error
        if abs(t) > critical:
            above, below = (a, b) if t > 0 else (b, a)
            low[below] += 1
            high[above] -= 1
    return np.array([low, high])


def main() -> None:
    """Compare, time, write the table."""
    generator = np.random.default_rng(0)
    quality = generator.normal(size=(N_MODELS, 1))
    scores = generator.normal(size=(N_MODELS, N_BENCHMARKS)) + 0.5 * quality
    datasets = np.arange(N_BENCHMARKS) % N_DATASETS
    lines = [
        "# Rank intervals over datasets",
        "",
        f"{N_MODELS} models × {N_BENCHMARKS} benchmarks of {N_DATASETS} datasets; medians on 2 "
        "shared cores. Intervals equal. Ours also has Holm's test of all pairs and the ranks "
        "without each dataset.",
        "",
        "| scheme | pandas loop, s | ours, ms | ratio | goal |",
        "|---|---|---|---|---|",
    ]
    for scheme in ("arithmetic_mean", "z_mean", "mean_rank"):

        def ours(scheme: str = scheme) -> np.ndarray:
            left_out = LeftOut.of(scores, datasets)
            found = rankings(scores, left_out, np.arange(N_MODELS), [scheme])[scheme]
            return np.array([found["rank_ci_low"], found["rank_ci_high"]])

        ours()  # loads the compiled code
        start = time.perf_counter()
        np.testing.assert_array_equal(ours(), pandas_loop(scores, datasets, scheme))
        slow = time.perf_counter() - start
        fast = seconds(ours, 9)
        lines.append(
            f"| {scheme} | {slow:.2f} | {fast * 1e3:.1f} | {slow / fast:.0f}× | ≥ {GOAL}× |"
        )
    publish("rank_jackknife", lines)


if __name__ == "__main__":
    main()
