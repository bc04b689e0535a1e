"""An alignment and a property of models: correlations, and means of the high and the low five."""

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage.structures import structure_of
from compute.stats import groups
from compute.stats.relations import clustered_inference, correlations, naive_inference

COHORTS = ("brainscore_2025_complete", "timm_2022_491")
N_SAMPLES, N_TRUTH = 400, 200
SLOPE, BEND, OF_TOP1 = 0.4, 0.2, 0.6
"""The property is SLOPE · alignment + BEND · (alignment² − 1) + OF_TOP1 · top-1 + the rest."""


def rows() -> Iterator[dict]:
    """Coverage of each 95 % interval, before (unrelated models) and now (families left out)."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        rng = np.random.default_rng(1)
        samples = [_sample(structure, rng) for _ in range(N_SAMPLES)]
        many = [_sample(structure, rng) for _ in range(N_TRUTH)]
        yield from _groups(cohort_id, samples)
        for name, method, transform, is_partial in (
            ("correlation with a property", "spearman", "raw", False),
            ("the same, top-1 held fixed", "spearman", "raw", True),
            ("correlation of z² with a property", "pearson", "z2", False),
        ):
            how = {"method": method, "transform": transform}
            together = np.concatenate(many)
            held = together[:, 2] if is_partial else None
            truth = correlations(together[:, :2], [(0, 1)], held, **how)[0].item()
            hits = {"before": 0, "after": 0}
            for sample in samples:
                held = sample[:, 2] if is_partial else None
                estimate, n = correlations(sample[:, :2], [(0, 1)], held, **how)
                _, *naive = naive_inference(estimate, n, method, int(is_partial))
                robust = clustered_inference(sample[:, :2], [(0, 1)], structure.family, held, **how)
                hits["before"] += bool(naive[0] <= truth <= naive[1])
                hits["after"] += bool(robust.ci_low <= truth <= robust.ci_high)
            yield {"interval": f"{name}, over families", "structure": cohort_id} | {
                when: n_hits / N_SAMPLES for when, n_hits in hits.items()
            }


def _sample(structure, rng) -> np.ndarray:
    """Alignment, property and top-1 of every model of the cohort."""
    top1, own, rest = structure.abilities(3, rng).T
    alignment = 0.5 * top1 + np.sqrt(0.75) * own
    bend = BEND * (alignment**2 - 1)
    return np.column_stack([alignment, SLOPE * alignment + bend + OF_TOP1 * top1 + rest, top1])


def _groups(cohort_id: str, samples: list[np.ndarray]) -> Iterator[dict]:
    """Coverage of the means of the high, middling and low five, which ignore families."""
    means = np.array([s[:, 1][groups.choose_groups(s[:, 0])].mean(1) for s in samples])
    hits = np.zeros(3)
    for sample in samples:
        drawn = groups.resampled_means(
            sample[:, 0], sample[:, [1]], groups.SIZE, groups.N_RESAMPLES, groups.SEED
        )
        low, high = np.quantile(drawn[:, :, 0], [0.025, 0.975], axis=0)
        hits += (low <= means.mean(0)) & (means.mean(0) <= high)
    for name, n_hits in zip(groups.GROUPS, hits, strict=True):
        interval = f"mean of the {name} five, models drawn one by one (coverage is printed)"
        share = n_hits / len(samples)
        yield {"interval": interval, "structure": cohort_id, "before": share, "after": share}
