"""Coverage of the intervals of generalizability coefficients."""

from collections.abc import Iterator

import numpy as np
from rich.progress import track

from benchmarks.coverage.structures import COHORTS, WORLDS, Floats, Structure, structure_of
from compute.stats.frames.generalizability import generalizability

AVERAGES = {
    "leaves": "generalizability of the plain mean",
    "datasets": "generalizability of the mean of datasets",
    "one_dataset": "generalizability of one dataset, and so the number needed",
}
N_SAMPLES, N_TRUTH = 200, 20_000


def rows() -> Iterator[dict[str, object]]:
    """Coverage of the limits over families and datasets, and of those over families alone."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            truth = _truth(structure, world, rng)
            found = []
            for _ in track(range(N_SAMPLES), f"{cohort_id}, {name}"):
                found.append(_sample(structure, world, truth, rng))
            for at, title in enumerate(AVERAGES.values()):
                before, after = np.nanmean(found, axis=0)[at]
                yield {
                    "interval": title,
                    "structure": f"{cohort_id}, {name}",
                    "before": before,
                    "after": after,
                }


def _weights(structure: Structure) -> Iterator[Floats]:
    """Weight of each benchmark in each average."""
    n = np.bincount(structure.dataset)
    yield np.full(len(structure.dataset), 1 / len(structure.dataset))
    yield 1 / n[structure.dataset] / len(n)


def _truth(structure: Structure, world: dict[str, float], rng: np.random.Generator) -> list[float]:
    """Correlation of an average with one over other datasets, of standardised scores."""
    member = structure.dataset[:, None] == np.arange(structure.dataset.max() + 1)
    draws = [structure.loadings(world, rng) for _ in range(N_TRUTH // member.shape[1])]
    general, own = (np.array(part) for part in zip(*draws, strict=True))
    spread = np.sqrt(general**2 + own**2 + 1)
    found = []
    for weights in _weights(structure):
        of_general = (weights * general / spread).sum(1)
        of_datasets = ((weights * own / spread) @ member) ** 2
        of_luck = (weights**2 / spread**2).sum(1)
        whole = (of_general**2 + of_datasets.sum(1) + of_luck).mean()
        found.append(of_general.mean() ** 2 / whole)
    # one dataset with the harmonic mean of benchmarks, whatever benchmarks it has
    share = (1 / np.bincount(structure.dataset)).mean()
    first = np.unique(structure.dataset, return_index=True)[1]
    one, other, luck = (x[:, first] / spread[:, first] for x in (general, own, np.ones(own.shape)))
    whole = (one**2).mean() + (other**2).mean() + share * (luck**2).mean()
    return [*found, one.mean() ** 2 / whole]


def _sample(
    structure: Structure, world: dict[str, float], truth: list[float], rng: np.random.Generator
) -> Floats:
    """Whether the limits over families, and over both, hold the truth of each average."""
    scores = structure.scores(structure.abilities(1, rng), structure.loadings(world, rng), rng)
    datasets = structure.dataset.astype(str)
    found = generalizability(
        scores,
        structure.family.astype(str),
        datasets,
        np.full(len(datasets), "one"),
        np.ones(len(datasets)),
    )
    rows = found[found["over"] == "datasets"].set_index("quantity")
    holds = []
    for average, value in zip(AVERAGES, truth, strict=True):
        row = rows.loc[average]
        holds.append(
            [
                np.nan
                if np.isnan(row[f"{over}ci_low"])
                else float(row[f"{over}ci_low"] <= value <= row[f"{over}ci_high"])
                for over in ("family_", "")
            ]
        )
    return np.array(holds)
