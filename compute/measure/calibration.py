"""Untrained controls whose batch norm has the statistics of the images.

An untrained network normalises by the statistics it starts with, mean 0 and variance 1, which its
features do not have. Here it passes all images once with its batch norm in training mode, and is
frozen again. Nothing is learned: the weights stay random.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
from PIL import Image

from compute.measure import embed, rdm
from compute.measure.alignment import METRICS
from compute.measure.sets.stimuli import Stimuli, StimulusError
from compute.measure.shards import write_whole
from compute.measure.tables import table_of
from compute.measure.weights import ModelError, ModelSpec, resolve, state_sha256
from ingest import settings

TABLE, DISTANCE = "calibrated_controls", "cosine"


def calibrate(model: embed.Model, image: Callable[[int], Image.Image], n_images: int) -> None:
    """Give every batch norm of a network the mean and variance of its inputs for these images.

    Parameters
    ----------
    model : Model
        Changed in place.
    image : callable
        Index to a PIL image.
    n_images : int
        How many; the statistics are plain means over batches.

    Raises
    ------
    ModelError
        The network has no batch norm.
    """
    from torch.nn.modules.batchnorm import _BatchNorm

    parts = [part for part in model.network.modules() if isinstance(part, _BatchNorm)]
    if not parts:
        raise ModelError(f"{model.spec.name} has no batch norm: nothing to calibrate")
    for part in parts:
        part.reset_running_stats()
        part.momentum = None  # a plain mean over batches
        part.train()
    embed.embed(model, image, n_images, device="cpu")
    model.network.eval()


def control_rows(spec: ModelSpec, chosen: Stimuli) -> list[dict]:
    """Alignment of one untrained network as initialised and calibrated, per target and metric."""
    model = embed.load(spec)
    distances, sha256 = [], []
    for is_calibrated in (False, True):
        if is_calibrated:
            calibrate(model, chosen.image, len(chosen))
        sha256.append(state_sha256(model.network.state_dict()))
        features, _ = embed.embed(model, chosen.image, len(chosen), device="cpu")
        distances.append(rdm.distances(features, DISTANCE))
    return [
        {
            "model_name": model.spec.name,
            "architecture": model.spec.architecture,
            "seed": spec.seed,
            "stimulus_set_id": chosen.name,
            "target": judged.target,
            "layer": embed.PENULTIMATE,
            "distance": DISTANCE,
            "metric": name,
            "estimate": metric.compare(distances[0], judged.mean),
            "calibrated": metric.compare(distances[1], judged.mean),
            "n_stimuli": len(chosen),
            "weights_sha256": sha256[0],
            "calibrated_sha256": sha256[1],
            "versions": embed.as_json(embed.versions()),
        }
        for judged in chosen.judgements
        for name, metric in METRICS.items()
        if metric.most_stimuli is None or len(chosen) <= metric.most_stimuli
    ]


def compare(
    architectures: Iterable[str], n_seeds: int, chosen: Stimuli, out: Path | None = None
) -> pa.Table:
    """Rows of several architectures and seeds, also as ``calibrated_controls.parquet`` in ``out``.

    Raises
    ------
    StimulusError
        The set has no images or no judgements.
    ModelError
        An architecture is not timm's or has no batch norm.
    """
    if chosen.image is None or not chosen.judgements:
        raise StimulusError(f"{chosen.name}: needs images and judgements")
    # all names before any network, which takes a while
    specs = [resolve(f"random:{a}:{seed}") for a in architectures for seed in range(n_seeds)]
    rows = [row for spec in specs for row in control_rows(spec, chosen)]
    table = table_of(rows, TABLE)
    write_whole(table, (out or settings.DATA / "compute") / f"{TABLE}.parquet")
    return table
