"""Coverage of the intervals of correlations and of their mean."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.progress import track

from benchmarks.coverage.structures import COHORTS, WORLDS, Floats, mean_spearman, structure_of
from compute.stats import agreement, clusters, correlation
from compute.stats.frames.means import mean_frame
from compute.stats.resampling import percentile_interval, resample_counts

INTERVALS = {
    "over both": "mean correlation, over families and datasets",
    "over families": "mean correlation, over families",
    "over datasets": "mean correlation, over datasets",
    "of one pair": "correlation of one pair, over families",
}
N_SAMPLES, N_TRUTH, N_BEFORE = 200, 40, 100


def rows() -> Iterator[dict[str, object]]:
    """Coverage of each interval, before and after, for each cohort's structure and each world."""
    for cohort_id in COHORTS:
        structure = structure_of(cohort_id)
        for name, world in WORLDS.items():
            rng = np.random.default_rng(1)
            both = np.mean([_one(structure, world, rng)[0] for _ in range(20 * N_TRUTH)])
            found = []
            for _ in track(range(N_SAMPLES), f"{cohort_id}, {name}"):
                found.append(_sample(structure, world, both, rng))
            table = pd.DataFrame(found)
            for interval, title in INTERVALS.items():
                after, before = (table.get(f"{interval}, {when}") for when in ("after", "before"))
                if after.notna().any():
                    yield {
                        "interval": title,
                        "structure": f"{cohort_id}, {name}",
                        "before": None if before is None else before.mean(),
                        "after": after.mean(),
                    }


def _one(structure, world, rng, general=None, loadings=None) -> tuple[float, Floats]:
    general = structure.abilities(1, rng) if general is None else general
    loadings = structure.loadings(world, rng) if loadings is None else loadings
    scores = structure.scores(general, loadings, rng)
    return mean_spearman(scores), scores


def _sample(structure, world, both: float, rng) -> dict[str, float]:
    """Whether each interval of one sample holds what it is for."""
    general, loadings = structure.abilities(1, rng), structure.loadings(world, rng)
    scores = _one(structure, world, rng, general, loadings)[1]
    other_families = np.mean(
        [_one(structure, world, rng, None, loadings)[0] for _ in range(N_TRUTH)]
    )
    other_datasets = np.mean([_one(structure, world, rng, general)[0] for _ in range(N_TRUTH)])
    ids = [f"b{i:03}" for i in range(scores.shape[1])]
    long = pd.DataFrame(scores, columns=ids).rename_axis("model").reset_index()
    long = long.melt("model", var_name="benchmark_id", value_name="score_directed")
    long = long.assign(cohort_id="c", level="leaf")
    long["family"] = structure.family[long["model"]].astype(str)
    about = pd.DataFrame({"benchmark_id": ids, "modality": "neural", "region": "V1"})
    about = about.assign(dataset=structure.dataset.astype(str), is_doubted=False)
    empty = pd.DataFrame(columns=["cohort_id", "level", "benchmark_id", "leaf_id", "weight"])
    row = mean_frame(long, about, empty).set_index(["pairs", "left_out"]).loc[("all", "")]
    found = {
        "over both, after": _holds(row["ci_low"], both, row["ci_high"]),
        "over families, after": _holds(row["family_ci_low"], other_families, row["family_ci_high"]),
        "over datasets, after": _holds(
            row["dataset_ci_low"], other_datasets, row["dataset_ci_high"]
        ),
    }
    for interval, blocks, truth in (
        ("over families", structure.family, other_families),
        ("over both", None, both),
    ):
        weights = resample_counts(len(scores), N_BEFORE, rng, blocks)
        low, high = percentile_interval(agreement.resampled_mean(scores, weights))
        found[f"{interval}, before"] = _holds(low, truth, high)
    return found | _pairs(structure, scores, loadings)


def _pairs(structure, scores: Floats, loadings: tuple[Floats, Floats]) -> dict[str, float]:
    """Share of the pairs whose interval holds the correlation of all models that there could be."""
    above = np.triu_indices(scores.shape[1], 1)
    general, own = loadings
    same = structure.dataset[:, None] == structure.dataset
    covariance = np.outer(general, general) + np.where(same, np.outer(own, own), 0)
    deviation = np.sqrt(general**2 + own**2 + 1)
    truth = 6 / np.pi * np.arcsin(covariance / np.outer(deviation, deviation) / 2)[above]

    def estimate(rows: Floats) -> Floats:
        return correlation.pairwise_spearman(rows)[0][above]

    whole = estimate(scores)
    found = clusters.correlation_inference(
        whole, clusters.without_each(scores, structure.family, estimate)
    )
    low, high = correlation.correlation_interval(whole, len(scores), "spearman")
    return {
        "of one pair, after": np.mean((found.ci_low <= truth) & (truth <= found.ci_high)),
        "of one pair, before": np.mean((low <= truth) & (truth <= high)),
    }


def _holds(low: float, truth: float, high: float) -> float:
    return np.nan if np.isnan(low) else float(low <= truth <= high)
