"""Coverage of the intervals of a panel's correlation with the order by all benchmarks."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from rich.progress import track

from benchmarks.coverage.structures import WORLDS, Structure, structure_of
from compute.stats.correlation import correlation_interval
from compute.stats.frames.panel import better_models, judged
from compute.stats.generalizability import Design, standardised
from compute.stats.panel import Panel, held_out, spearman

COHORTS = ("brainscore_2024_complete", "brainscore_2025_complete")
SIZES = (1, 5, 10)
N_SAMPLES, N_NEW = 200, 20


def rows() -> Iterator[dict[str, object]]:
    """Coverage of the limits over families, and of Fisher's z of unrelated models."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            tracked = track(range(N_SAMPLES), f"{cohort_id}, {name}")
            before, after = np.nanmean([_sample(structure, world, rng) for _ in tracked], axis=0)
            for at, size in enumerate(SIZES):
                yield {
                    "interval": f"correlation of a panel of {size} out of family",
                    "structure": f"{cohort_id}, {name}",
                    "before": before[at],
                    "after": after[at],
                }


def _sample(structure: Structure, world: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Whether both intervals hold the correlation of the same panel over many new families."""
    loadings = structure.loadings(world, rng)
    datasets, families = structure.dataset.astype(str), structure.family.astype(str)
    weights = Design.of(families, datasets, np.full(len(datasets), "one")).alike
    n = structure.family.max() + 1
    many = replace(
        structure, family=np.concatenate([structure.family + n * i for i in range(N_NEW)])
    )
    scores, new = (each.scores(each.abilities(1, rng), loadings, rng) for each in (structure, many))
    panel = Panel.of(scores, weights, max(SIZES))
    truth = spearman(panel.scored(new).score, standardised(new) @ weights)
    whole = standardised(scores) @ weights
    scored, _ = held_out(scores, families, weights, max(SIZES))
    found = judged(scored, whole, better_models(whole), families)
    limits = np.array(correlation_interval(found["estimate"], len(families), "spearman"))
    both = ((limits[0], limits[1]), (found["ci_low"], found["ci_high"]))
    at = np.array(SIZES) - 1
    return np.array([((low <= truth) & (truth <= high))[at] for low, high in both], float)
