"""Rank intervals over benchmarks: a loop over pandas against weights × scores and one sort.

Run ``python benchmarks/rank_intervals.py``; both sides take the same resamples, the intervals are
compared first, and the table goes to ``benchmarks/results/rank_intervals.md``. Only the ratio is a
claim: seconds depend on the machine.
"""

import time

import numpy as np
import pandas as pd
from measure import publish, seconds

from compute.stats.aggregation.intervals import rank_intervals
from compute.stats.aggregation.schemes import aggregate
from compute.stats.resampling import counted_items

N_MODELS, N_BENCHMARKS, N_RESAMPLES, GOAL = 241, 51, 10_000, 50


def pandas_loop(scores: np.ndarray, scheme: str) -> np.ndarray:
    """Draw benchmarks, average, rank; one resample at a time."""
    table = pd.DataFrame(scores)
    if scheme == "z_mean":
        table = (table - table.mean()) / table.std()
    if scheme == "mean_rank":
        table = -table.rank(ascending=False)
    ranks = np.empty((N_RESAMPLES, N_MODELS))
    for row, weights in zip(ranks, counted_items(N_BENCHMARKS, N_RESAMPLES, 0), strict=True):
        drawn = np.repeat(np.arange(N_BENCHMARKS), weights.astype(int))
        # rounded, so that models whose sums differ in the last bit tie, as they do on our side
        row[:] = table.iloc[:, drawn].mean(axis=1).round(12).rank(ascending=False)
    return np.quantile(ranks, [0.025, 0.975], axis=0)


def main() -> None:
    """Compare, time, write the table."""
    generator = np.random.default_rng(0)
    quality = generator.normal(size=(N_MODELS, 1))
    scores = generator.normal(size=(N_MODELS, N_BENCHMARKS)) + 0.5 * quality
    lines = [
        "# Rank intervals over benchmarks",
        "",
        f"{N_MODELS} models × {N_BENCHMARKS} benchmarks, {N_RESAMPLES:,} resamples; medians on 2 "
        "shared cores. Intervals equal to 1e-12.",
        "",
        "| scheme | pandas loop, s | ours, ms | ratio | goal |",
        "|---|---|---|---|---|",
    ]
    for scheme in ("arithmetic_mean", "z_mean", "mean_rank"):
        aggregate(scores, scheme)  # loads the compiled code
        ours = np.array(rank_intervals(scores, scheme, "benchmarks", N_RESAMPLES))
        start = time.perf_counter()
        np.testing.assert_allclose(ours, pandas_loop(scores, scheme), atol=1e-12)
        slow = time.perf_counter() - start
        fast = seconds(lambda s=scheme: rank_intervals(scores, s, "benchmarks", N_RESAMPLES), 9)
        lines.append(
            f"| {scheme} | {slow:.2f} | {fast * 1e3:.0f} | {slow / fast:.0f}× | ≥ {GOAL}× |"
        )
    publish("rank_intervals", lines)


if __name__ == "__main__":
    main()
