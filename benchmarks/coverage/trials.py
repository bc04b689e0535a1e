"""Averages of single decisions: other images of the conditions, and other people."""

from collections.abc import Iterator

import numpy as np

from compute.stats.frames.trials import N_RESAMPLES
from compute.stats.resampling import crossed_draws, percentile_interval, resample_counts
from compute.stats.trials import Condition, pair_measures

N_SAMPLES = 300
N_CONDITIONS, N_IMAGES = 4, 160
MEASURES = ("accuracy difference", "observed consistency", "error consistency")


def rows() -> Iterator[dict]:
    """Coverage for one network beside four, seven and ten people, as in the published datasets."""
    rng = np.random.default_rng(1)
    truth = pair_measures(*_sample(400, 4_000, rng))[0][0, 0].mean(0)
    for n_people in (4, 7, 10):
        hits = np.zeros((2, len(MEASURES)))
        for _ in range(N_SAMPLES):
            conditions, once = _sample(n_people, N_IMAGES, rng)
            pairs = pair_measures(conditions, once)[0][0]
            images = [resample_counts(N_IMAGES, N_RESAMPLES, rng) for _ in conditions]
            people = resample_counts(n_people, N_RESAMPLES, rng)
            by_images = pair_measures(conditions, images)[0]
            estimate = pairs[0].mean(0)
            both = np.einsum("rmpk,rp->rmk", by_images, people)[:, 0] / n_people
            now = estimate + crossed_draws(pairs, by_images, people)[:, 0]
            for at, draws in enumerate((both, now)):
                low, high = percentile_interval(draws.T)
                hits[at] += (low <= truth) & (truth <= high)
        for name, (before, after) in zip(MEASURES, (hits / N_SAMPLES).T, strict=True):
            yield {
                "interval": f"{name} with people, over images and people",
                "structure": f"{N_CONDITIONS} conditions of {N_IMAGES} images, {n_people} people",
                "before": before,
                "after": after,
            }


def _sample(n_people: int, n_images: int, rng: np.random.Generator) -> tuple[list, list]:
    """Conditions of rising difficulty; whether an image is easy is shared by all observers."""
    ability, conditions = rng.normal(0, 0.3, n_people), []
    for level in np.linspace(1.2, -0.6, N_CONDITIONS):
        easy = rng.normal(size=n_images)
        own = rng.normal(size=(n_people + 1, n_images))
        person = level + ability[:, None] + 0.7 * easy + 0.7 * own[1:] > 0
        network = level - 0.2 + 0.5 * easy + 0.9 * own[:1] > 0
        saw = np.ones_like(person, np.float32)
        right = (network.astype(np.float32), person.astype(np.float32))
        conditions.append(Condition(saw[:1], right[0], saw, right[1]))
    return conditions, [np.ones((1, n_images))] * N_CONDITIONS
