"""Alignment of one network with people: other images of the same kind."""

from collections.abc import Iterator

import numpy as np

from compute.measure import alignment, rdm

N_SAMPLES, N_RESAMPLES = 300, 500
N_FEATURES = 20
METRICS = ("pearson", "spearman", "triplet")
CENTRES = np.random.default_rng(0).normal(size=(6, N_FEATURES))
"""Of six categories of images."""


def rows() -> Iterator[dict]:
    """Coverage of the bootstrap over images, for as many images as the published sets have."""
    rng = np.random.default_rng(1)
    truth = {m: alignment.METRICS[m].compare(*_sample(1_500, rng)) for m in METRICS}
    for n_images in (24, 48, 92):
        hits = dict.fromkeys(METRICS, 0)
        for seed in range(N_SAMPLES):
            model, human = _sample(n_images, rng)
            for metric in METRICS:
                drawn = alignment.bootstrap(metric, model, human, N_RESAMPLES, seed)
                low, high = np.nanquantile(drawn, [0.025, 0.975])
                hits[metric] += low <= truth[metric] <= high
        for metric, n_hits in hits.items():
            yield {
                "interval": f"alignment ({metric}), over images",
                "structure": f"{n_images} images",
                "before": None,
                "after": n_hits / N_SAMPLES,
            }


def _sample(n_images: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Distances of a network and of people that share some of their features, in categories."""
    kind = rng.integers(0, len(CENTRES), n_images)
    shared = CENTRES[kind] + rng.normal(size=(n_images, N_FEATURES))
    own = [shared + 1.2 * rng.normal(size=shared.shape) for _ in range(2)]
    return rdm.distances(own[0], "cosine"), rdm.distances(own[1], "euclidean")
