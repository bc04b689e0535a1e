"""Samples to simulate from: the real families and datasets of a cohort, with Gaussian scores.

A model's general ability, its ability at each dataset and its luck at each benchmark are each
shared in part by its family. A dataset has a loading on the general ability and a strength of its
own.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from compute.stats.correlation import mean_off_diagonal, pairwise_spearman
from warehouse import db

Floats = NDArray[np.float64]

COHORTS = ("brainscore_2024_complete", "brainscore_2025_complete", "wichmann_2020")

WORLDS = {
    "datasets much alike": {"mean": 0.7, "spread": 0.3, "own": 0.6},
    "datasets that differ": {"mean": 0.35, "spread": 0.45, "own": 0.4},
    "some tight, some loose": {"mean": 0.3, "spread": 0.6, "own": 1.2},
}
"""Mean and spread of the loadings over datasets, and spread of the log strength of their own."""


@dataclass(frozen=True)
class Structure:
    """Family of each model and dataset of each benchmark, as numbers from 0."""

    family: NDArray[np.int64]
    dataset: NDArray[np.int64]
    shared: float = 0.5
    """Share of a model's variance that its family decides."""
    levels: dict[str, Floats] = field(default_factory=dict)
    """Weight of each leaf in each benchmark of a level above the leaves."""

    def abilities(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw n independent standard Gaussian abilities of every model."""
        of_family = rng.normal(size=(self.family.max() + 1, n))[self.family]
        own = rng.normal(size=(len(self.family), n))
        return np.sqrt(self.shared) * of_family + np.sqrt(1 - self.shared) * own

    def loadings(self, world: dict[str, float], rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Loading of each benchmark on the general ability, and strength of its dataset's own."""
        n = self.dataset.max() + 1
        general = rng.normal(world["mean"], world["spread"], n)
        own = np.exp(rng.normal(-0.5, world["own"], n))
        return general[self.dataset], own[self.dataset]

    def scores(
        self, general: Floats, loadings: tuple[Floats, Floats], rng: np.random.Generator
    ) -> Floats:
        """Scores on every benchmark, with each model's general ability given (models × 1)."""
        of_dataset = self.abilities(self.dataset.max() + 1, rng)[:, self.dataset]
        luck = self.abilities(len(self.dataset), rng)
        return general * loadings[0] + of_dataset * loadings[1] + luck


def structure_of(cohort_id: str) -> Structure:
    """Families and datasets of a cohort of the built warehouse."""
    with db.connect() as con:
        families = con.execute(
            "select m.family from bridge_cohort_models as c join dim_models as m using (model_id) "
            "where cohort_id = ? and is_member order by all",
            [cohort_id],
        ).df()
        parts = con.execute(
            "select level, p.benchmark_id, leaf_id, coalesce(dataset, leaf_id) as dataset, weight "
            "from bridge_benchmark_leaves as p "
            "join dim_benchmarks as b on leaf_id = b.benchmark_id where cohort_id = ?",
            [cohort_id],
        ).df()
    leaves = parts[parts["level"] == "leaf"].sort_values(["dataset", "leaf_id"])
    codes = [np.unique(f, return_inverse=True)[1] for f in (families["family"], leaves["dataset"])]
    levels = {}
    for level, part in parts[parts["level"] != "leaf"].groupby("level"):
        wide = part.pivot(index="benchmark_id", columns="leaf_id", values="weight")
        levels[level] = wide.reindex(columns=leaves["leaf_id"]).fillna(0).to_numpy()
    return Structure(*codes, levels=levels)


def mean_spearman(scores: Floats) -> float:
    """The quantity that is estimated."""
    return mean_off_diagonal(pairwise_spearman(scores)[0])
