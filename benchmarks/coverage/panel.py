"""Coverage of the intervals of a panel's correlation with the order by all benchmarks."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from rich.progress import track

from benchmarks.coverage.structures import COHORTS, WORLDS, Floats, Structure, structure_of
from compute.stats.clusters import fisher_z
from compute.stats.frames.panel import Cohort, better_models, judged, without_datasets
from compute.stats.panel import Panel, held_out, spearman

SIZES = (1, 5, 10)
N_SAMPLES, N_TRUTH, N_NEW = 500, 200, 20


def rows() -> Iterator[dict[str, object]]:
    """Coverage of the limits over families and datasets, and of those over families alone."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        sizes = [size for size in SIZES if size < len(structure.dataset)]
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            truth = _truth(structure, world, rng)
            tracked = track(range(N_SAMPLES), f"{cohort_id}, {name}")
            found = [_sample(structure, world, truth, rng) for _ in tracked]
            before, after = np.nanmean(found, axis=0)
            for size in sizes:
                yield {
                    "interval": f"correlation of a panel of {size} out of family",
                    "structure": f"{cohort_id}, {name}",
                    "before": before[size - 1],
                    "after": after[size - 1],
                }


def _drawn(
    structure: Structure, loadings: tuple[Floats, Floats], rng: np.random.Generator
) -> Cohort:
    """Scores of new families on given datasets."""
    names = structure.dataset.astype(str)
    return Cohort(
        models=np.arange(len(structure.family)),
        benchmarks=np.arange(len(names)),
        scores=structure.scores(structure.abilities(1, rng), loadings, rng),
        families=structure.family.astype(str),
        datasets=names,
        modalities=np.full(len(names), "one"),
    )


def _size(structure: Structure) -> int:
    return min(max(SIZES), len(structure.dataset) - 1)


def _truth(structure: Structure, world: dict[str, float], rng: np.random.Generator) -> Floats:
    """What panels reach that are chosen in the same way, on new families, over new datasets."""
    n = structure.family.max() + 1
    many = replace(
        structure, family=np.concatenate([structure.family + n * i for i in range(N_NEW)])
    )
    reached = []
    for _ in range(N_TRUTH):
        loadings = structure.loadings(world, rng)
        cohort, new = (_drawn(each, loadings, rng) for each in (structure, many))
        panel = Panel.of(cohort.scores, cohort.weights, _size(structure))
        reached.append(fisher_z(spearman(panel.scored(new.scores).score, new.whole)))
    return np.tanh(np.mean(reached, axis=0))


def _sample(
    structure: Structure, world: dict[str, float], truth: Floats, rng: np.random.Generator
) -> Floats:
    """Whether the limits over families, and over both, hold the truth of each size."""
    cohort, size = _drawn(structure, structure.loadings(world, rng), rng), _size(structure)
    scored, _ = held_out(cohort.scores, cohort.families, cohort.weights, size)
    without = without_datasets(cohort, cohort, np.ones(len(cohort.models), bool), size)
    found = judged(scored, cohort.whole, better_models(cohort.whole), cohort.families, without)
    both = [found[[f"{over}ci_low", f"{over}ci_high"]].to_numpy().T for over in ("family_", "")]
    return np.array(
        [np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high)) for low, high in both]
    )
