"""Bootstrap of the mean pairwise Spearman: weight vectors against pandas and scipy loops.

The peers re-rank and correlate each resample; they are timed on a few resamples and scaled up to
10,000, which the table says. All three agree to 1e-12 on the same resamples before anything is
timed.
"""

import click
import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.measure import publish, seconds
from compute.stats.agreement import resampled_mean
from compute.stats.resampling import resample_counts

N_RESAMPLES = 10_000


def by_pandas(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One DataFrame.corr per resample."""
    above = np.triu_indices(scores.shape[1], 1)
    return np.array(
        [
            pd.DataFrame(np.repeat(scores, w, axis=0)).corr("spearman").to_numpy()[above].mean()
            for w in weights
        ]
    )


def by_scipy(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One spearmanr on the whole matrix per resample."""
    above = np.triu_indices(scores.shape[1], 1)
    return np.array(
        [stats.spearmanr(np.repeat(scores, w, axis=0)).statistic[above].mean() for w in weights]
    )


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--peer-resamples", default=40, show_default=True, help="Timed, then scaled.")
def main(runs: int, peer_resamples: int) -> None:
    """Compare, then time, then write the table."""
    lines = [
        "# Bootstrap of the mean pairwise Spearman",
        "",
        f"{N_RESAMPLES:,} resamples, two shared cores, medians of {runs} runs. The peers are timed "
        f"on {peer_resamples} resamples and scaled up. Equal to 1e-12 on the same resamples. The "
        "ratios are the claim.",
        "",
        "| models × benchmarks | ours | pandas loop | scipy loop | × pandas | × scipy |",
        "|---|---|---|---|---|---|",
    ]
    rng = np.random.default_rng(0)
    for n, k in ((88, 50), (241, 51)):
        scores = np.round(rng.normal(size=(n, k)) + rng.normal(size=(n, 1)), 3)
        weights = resample_counts(n, N_RESAMPLES, seed=1)
        few = weights[:peer_resamples]
        ours = resampled_mean(scores, few)  # compiles
        np.testing.assert_allclose(ours, by_pandas(scores, few), atol=1e-12)
        np.testing.assert_allclose(ours, by_scipy(scores, few), atol=1e-12)
        fast = seconds(lambda s=scores, w=weights: resampled_mean(s, w), runs)
        scale = N_RESAMPLES / peer_resamples
        slow = [
            seconds(lambda s=scores, w=few, f=peer: f(s, w), runs) * scale
            for peer in (by_pandas, by_scipy)
        ]
        lines.append(
            f"| {n} × {k} | {fast:.2f} s | {slow[0]:.1f} s | {slow[1]:.1f} s "
            f"| {slow[0] / fast:.0f} | {slow[1] / fast:.0f} |"
        )
    publish("bootstrap_mean", lines)


if __name__ == "__main__":
    main()
