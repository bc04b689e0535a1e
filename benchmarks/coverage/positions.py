"""Coverage of the regions on the map of models.

A model has two abilities, which every dataset measures in a mixture of its own. The true map is
that of the same models on many more datasets of the same kind.
"""

from collections.abc import Iterator

import numpy as np
from rich.progress import track

from benchmarks.coverage.structures import WORLDS, Floats, Structure, structure_of
from compute.stats.positions import place_models
from compute.stats.ranks import average_ranks

COHORTS = ("timm_2022_491", "brainscore_2024_complete", "brainscore_2025_complete")
"""One with six datasets, one with eight and one with fifteen."""

N_SAMPLES, N_TIMES = 200, 25


def rows() -> Iterator[dict[str, object]]:
    """Share of the models whose region holds their place on the map of 25 times the datasets."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            held = [
                _sample(structure, world, rng)
                for _ in track(range(N_SAMPLES), f"{cohort_id}, {name}")
            ]
            yield {
                "interval": "place on the map of models, over datasets",
                "structure": f"{cohort_id}, {name}",
                "before": None,
                "after": np.mean(held),
            }


def _sample(structure: Structure, world: dict[str, float], rng: np.random.Generator) -> float:
    abilities = structure.abilities(2, rng)
    found = place_models(*_drawn(structure, world, abilities, 1, rng))
    many, datasets = _drawn(structure, world, abilities, N_TIMES, rng)
    size = np.bincount(datasets)
    # as one dataset, of which no region is asked; each of those in it still counts alike
    many *= np.sqrt(len(datasets) / len(size) / size[datasets])
    true = place_models(many, np.zeros(len(datasets))).places
    left, _, right = np.linalg.svd(true.T @ found.places)
    apart = true @ left @ right - found.places
    inverse = np.linalg.inv(found.regions)
    return float(np.mean(np.einsum("mi,mij,mj->m", apart, inverse, apart) <= 1))


def _drawn(
    structure: Structure,
    world: dict[str, float],
    abilities: Floats,
    n_times: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Percentiles on some times the datasets of a cohort, and the dataset of each benchmark."""
    times = np.repeat(np.arange(n_times), len(structure.dataset))
    dataset = np.tile(structure.dataset, n_times) + times * (structure.dataset.max() + 1)
    larger = Structure(structure.family, dataset, structure.shared)
    first, own = larger.loadings(world, rng)
    second = rng.normal(0, world["spread"], dataset.max() + 1)[dataset]
    scores = larger.scores(abilities[:, :1], (first, own), rng) + abilities[:, 1:] * second
    return average_ranks(scores, axis=0) / len(scores), dataset
