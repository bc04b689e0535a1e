"""Coverage of the intervals of ranks, and how often pairs told apart stand in the right order."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.coverage.structures import COHORTS, WORLDS, Floats, Structure, structure_of
from compute.stats.aggregation.intervals import (
    LeftOut,
    Pairs,
    family_limits,
    rank_limits,
    separated,
)
from compute.stats.aggregation.schemes import SCHEMES, aggregate, rank
from compute.stats.resampling import percentile_interval, resample_counts

INTERVALS = {
    "interval": "rank over datasets, lowest of schemes and worlds",
    "family": "rank over families of rivals, arithmetic mean, lowest of worlds",
    "order": "all pairs told apart in their true order, lowest of schemes and worlds",
}
N_SAMPLES, N_BEFORE, N_TRUTH = 200, 200, 50
AVERAGES = [name for name, scheme in SCHEMES.items() if scheme.is_average]


def rows() -> Iterator[dict[str, object]]:
    """Coverage of each cohort's structure at each level."""
    columns = ["world", "level", "what", "scheme", "share"]
    for cohort_id in COHORTS:
        structure, found = structure_of(cohort_id), []
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            for _ in track(range(N_SAMPLES), f"{cohort_id}, {name}"):
                found.extend((name, *row) for row in _sample(structure, world, rng))
        mean = pd.DataFrame(found, columns=columns).groupby(columns[:4])["share"].mean()
        lowest = mean.groupby(["level", "what"]).min()
        for level in ("leaf", *structure.levels):
            for what, title in INTERVALS.items():
                if (level, what) in lowest.index:
                    yield {
                        "interval": title,
                        "structure": f"{cohort_id}, {level}",
                        "before": lowest.get((level, f"{what} before")),
                        "after": lowest[level, what],
                    }


def _sample(
    structure: Structure, world: dict[str, float], rng: np.random.Generator
) -> Iterator[tuple[str, str, str, float]]:
    """Level, what, scheme and share that holds, of one sample; the truth is the general ability."""
    general, loadings = structure.abilities(1, rng), structure.loadings(world, rng)
    leaves, truth = structure.scores(general, loadings, rng), rank(general.T)[0]
    for level, weights in ({"leaf": np.eye(leaves.shape[1])} | structure.levels).items():
        left_out = LeftOut.of(leaves, structure.dataset.astype(str), weights)
        for scheme in AVERAGES:
            score = aggregate(leaves @ weights.T, scheme)
            without = [aggregate(rows, scheme) for rows in left_out.scores]
            pairs = Pairs.of(score, without, left_out.rests_on)
            yield level, "interval", scheme, _holds(*rank_limits(pairs), truth)
            is_wrong = separated(pairs, left_out.effective) & (pairs.t > 0)
            is_wrong &= truth[:, None] > truth
            yield level, "order", scheme, float(not is_wrong.any())
    drawn = resample_counts(leaves.shape[1], N_BEFORE, rng)
    limits = percentile_interval(rank(drawn @ leaves.T).T)
    yield "leaf", "interval before", "arithmetic_mean", _holds(*limits, truth)
    score, n = leaves.mean(1), len(leaves)
    rivals = [structure.scores(structure.abilities(1, rng), loadings, rng) for _ in range(N_TRUTH)]
    place = 1 + (n - 1) * (np.mean(rivals, axis=2).ravel() > score[:, None]).mean(1)
    limits = family_limits(rank(score), structure.family)
    yield "leaf", "family", "arithmetic_mean", _holds(*limits, place)


def _holds(low: Floats, high: Floats, truth: Floats) -> float:
    return float(np.mean((low <= truth) & (truth <= high)))
