"""Coverage of the intervals of an alignment with people, over images and people together."""

from collections.abc import Iterator

import numpy as np
from rich.progress import track
from scipy import stats

from compute.measure import alignment, rdm
from compute.stats.clusters import over_both
from compute.stats.resampling import resample_counts

Floats = np.ndarray
METRIC = "spearman"
KINDS = {"24 images, 5 people": (24, 5), "24 images, 16 people": (24, 16)}
N_SAMPLES, N_TRUTH, N_DRAWS, N_DIMS = 200, 200, 100, 8


def rows() -> Iterator[dict[str, object]]:
    """Share of samples whose interval holds the mean of other samples of images and people.

    *Before* is the corrected variance of Schütt et al. (2023), with people drawn with replacement.
    """
    for name, (n_images, n_people) in KINDS.items():
        rng = np.random.default_rng(1)
        samples = (_sample(n_images, n_people, rng) for _ in range(N_TRUTH))
        truth = np.mean([_estimate(model, people) for model, people in samples])
        held = []
        for _ in track(range(N_SAMPLES), name):
            limits = _limits(*_sample(n_images, n_people, rng))
            held.append([low <= truth <= high for low, high in limits])
        before, after = np.mean(held, axis=0)
        yield {
            "interval": "alignment, over images and people",
            "structure": name,
            "before": before,
            "after": after,
        }


def _sample(n_images: int, n_people: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Distances of a model, and of people who weight the features each in their own way."""
    features = rng.normal(size=(n_images, N_DIMS))
    seen = features + 0.7 * rng.normal(size=features.shape)
    weights = np.exp(0.7 * rng.normal(size=(n_people, 1, N_DIMS)))
    people = [rdm.distances(features * w, "euclidean") for w in weights]
    noise = 0.5 * rng.normal(size=(n_people, n_images, n_images))
    people = np.maximum(np.array(people) + (noise + noise.swapaxes(1, 2)), 0)
    people[:, np.arange(n_images), np.arange(n_images)] = 0
    return rdm.distances(seen, "euclidean"), people


def _estimate(model: Floats, people: Floats) -> float:
    return alignment.METRICS[METRIC].compare(model, people.mean(axis=0))


def _limits(model: Floats, people: Floats) -> list[tuple[float, float]]:
    """Limits by rsatoolbox's corrected variance, and by the margins of both intervals."""
    estimate, rng = _estimate(model, people), np.random.default_rng(0)
    of_images = alignment.bootstrap(METRIC, model, people.mean(axis=0), N_DRAWS)
    drawn = resample_counts(len(people), N_DRAWS, rng) / len(people)
    images = resample_counts(len(model), N_DRAWS, rng).astype(float)
    means = np.tensordot(drawn, people, axes=1)
    metric = alignment.METRICS[METRIC]
    of_people = np.array([metric.compare(model, mean) for mean in means])
    of_both = np.array(
        [metric.resample(model, mean, w[None])[0] for mean, w in zip(means, images, strict=True)]
    )
    single, both = (of_images.var(), of_people.var()), of_both.var()
    variance = np.clip(2 * sum(single) - both, max(single), both)
    reach = stats.t.ppf(0.975, min(len(people), len(model)) - 1) * np.sqrt(variance)
    low, high = alignment.jackknife_people(METRIC, model[None], people)
    added = over_both(estimate, tuple(np.quantile(of_images, [0.025, 0.975])), (low[0], high[0]))
    return [(estimate - reach, estimate + reach), added]
