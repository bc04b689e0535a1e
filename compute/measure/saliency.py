"""Attention: what moves a model's decision, beside where people looked or clicked."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from scipy.stats import rankdata

from compute.measure import embed, jobs
from compute.measure.ceilings import halves
from compute.measure.embed import Model
from compute.measure.rdm import standardised
from compute.measure.sets.records import load_records
from compute.measure.shards import JobError, read_whole, recipe_of, write_whole
from compute.measure.tables import ARROW, N_RESAMPLES, as_table, quantiles, table_of
from compute.measure.weights import ModelError, resolve
from compute.stats.resampling import resample_counts

Floats = NDArray[np.float64]


def in_view(model: Model, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A map of an image as the network sees the image: resized and cropped with it.

    Parameters
    ----------
    model : Model
        Its resizing and cropping are applied, in floating point.
    values : ndarray, shape (height, width)
        One value per pixel of the image.

    Returns
    -------
    ndarray, shape (height, width)
        Of the network's input.
    """
    from torchvision import transforms

    view = Image.fromarray(np.asarray(values, np.float32), mode="F")
    for step in model.transform.transforms:
        if isinstance(step, transforms.Resize | transforms.CenterCrop):
            view = step(view)
    return np.asarray(view, np.float64)


def saliency(
    model: Model, image: Image.Image, label: int | None, size: tuple[int, int] | None = None
) -> NDArray[np.float64]:
    """How strongly each pixel moves the logit of a class.

    Parameters
    ----------
    model : Model
        With its classifier.
    image : Image
        Any size; the model's own preprocessing is applied.
    label : int, optional
        Index of the class; None for the one that the model takes it for.
    size : (height, width), optional
        Of the map; that of the network's input by default. Bilinear.

    Returns
    -------
    ndarray, shape (height, width)
        Largest absolute gradient over the colour channels (Simonyan et al. 2014), as Fel et al.
        (2022) compare it with people's maps.

    Raises
    ------
    ModelError
        The model has no such class.
    """
    import torch

    x = model.transform(image)[None].requires_grad_()
    logits = model.network(x)
    if label is None and model.network.num_classes > 0:
        label = int(logits.argmax())
    if label is None or logits.ndim != 2 or not 0 <= label < model.network.num_classes:
        raise ModelError(
            f"{model.spec.name}: no class {label}; there are {model.network.num_classes}"
        )
    (gradient,) = torch.autograd.grad(logits[0, label], x)
    strength = gradient.abs().amax(dim=1, keepdim=True)
    if size is not None:
        strength = torch.nn.functional.interpolate(strength, size, mode="bilinear")
    return strength[0, 0].double().numpy()


def map_similarity(model_maps: ArrayLike, human_maps: ArrayLike) -> Floats:
    """Spearman correlation of each saliency map with the human map of the same image.

    Parameters
    ----------
    model_maps, human_maps : array_like, shape (n_images, height, width)
        Of equal size: resize before.

    Returns
    -------
    ndarray, shape (n_images,)
        Over the positions of each image (Fel et al. 2022); NaN where a map is constant.

    Raises
    ------
    ValueError
        Shapes that differ, or a number that is not finite.
    """
    a, b = np.asarray(model_maps, np.float64), np.asarray(human_maps, np.float64)
    if a.shape != b.shape or a.ndim != 3:
        raise ValueError(f"maps must be images × height × width, have {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a map holds a number that is not finite")
    a, b = (rankdata(m.reshape(len(m), -1), axis=1) for m in (a, b))
    return (standardised(a) * standardised(b)).sum(axis=1)


MAP_SPLITS = 50


def map_ceiling(people_maps: ArrayLike, n_splits: int = MAP_SPLITS, seed: int = 0) -> float:
    """Spearman between the mean maps of two random halves of people, mean over images and splits.

    Parameters
    ----------
    people_maps : array_like, shape (n_people, n_images, height, width)
        Maps of the same images by each person.
    n_splits, seed : int
        As in :func:`compute.measure.ceilings.halves`.

    Returns
    -------
    float
        What alignment is divided by to be a share of the human ceiling. Constant maps are left out;
        NaN where all are.

    Raises
    ------
    ValueError
        Fewer than two people.
    """
    splits = halves(people_maps, n_splits, seed)
    values = np.array([map_similarity(first, second) for first, second in splits])
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


MAP_COLUMNS = {
    "varchar": ("model_name", "stimulus_set_id", "image_id", "weights_sha256"),
    "bigint": ("class_index", "n_people", "n_positions"),
    "double": ("estimate", "ceiling"),
    "boolean": ("is_control",),
}
MAP_SCHEMA = pa.schema(
    [(name, ARROW[kind]) for kind, names in MAP_COLUMNS.items() for name in names]
)


def run_saliency(
    model_name: str,
    stimuli_name: str,
    out: Path,
    n_images: int | None = None,
    weights: Path | None = None,
    on_images: Callable[[int], None] | None = None,
) -> str:
    """Compare what moves a model's decision with where people looked; ``done`` or ``skipped``.

    One row per image: Spearman over the positions of the network's input, the human map resized
    and cropped with its image (Fel et al. 2022). The gradient is that of the image's class in a
    declared set, whose labels are ImageNet's; in a folder, of the class that the model names.

    Raises
    ------
    JobError
        The set has no human maps, or the result cannot be written.
    ModelError
        The model cannot be had, or has no classifier.
    """
    spec = resolve(model_name, weights)
    chosen = jobs.cached_stimuli(stimuli_name)
    if chosen.maps is None:
        raise JobError(
            f"{stimuli_name} has no human attention maps. Take clickme, or a folder with maps/ "
            "(docs/compute.md)"
        )
    chosen = chosen.first(n_images or len(chosen))
    is_declared = stimuli_name in load_records()
    wanted = embed.as_json(
        {
            "model": spec.name,
            "weights": spec.identity,
            "arguments": spec.arguments,
            "preprocess": spec.preprocess,
            "stimuli_sha256": chosen.sha256,
            "n_images": len(chosen),
            "versions": embed.versions(),
        }
    )
    key = jobs.Job(spec.name, stimuli_name).key.rsplit("@", 1)[0]
    target = out / "attention" / f"{key}.parquet"
    if recipe_of(target) == wanted:
        return jobs.SKIPPED
    model = embed.load(spec)
    rows = []
    for i in range(len(chosen)):
        label = int(chosen.labels[i]) if is_declared else None
        own = saliency(model, chosen.image(i), label)
        human = in_view(model, chosen.maps(i))
        ceiling = n_people = None
        if chosen.people_maps is not None:
            people = np.stack([in_view(model, m) for m in chosen.people_maps(i)])
            n_people = len(people)
            if n_people > 1:
                ceiling = map_ceiling(people[:, None])
        rows.append(
            {
                "model_name": spec.name,
                "stimulus_set_id": chosen.name,
                "image_id": chosen.ids[i],
                "class_index": label,
                "estimate": float(map_similarity(own[None], human[None])[0]),
                "ceiling": ceiling,
                "n_people": n_people,
                "n_positions": own.size,
                "is_control": spec.source == "random",
                "weights_sha256": model.weights_sha256,
            }
        )
        if on_images:
            on_images(1)
    table = as_table(rows, MAP_SCHEMA)
    run = {"read_from": chosen.folder} if chosen.folder else {}
    table = table.replace_schema_metadata({"recipe": wanted, "run": embed.as_json(run)})
    write_whole(table, target)
    return jobs.DONE


def attention(
    out: Path, on_left_out: Callable[[str], None] = lambda message: None
) -> tuple[pa.Table, pa.Table]:
    """Alignments and ceilings of every model and set in ``out/attention``: means over images.

    Images on which either map is constant have no correlation and are left out of both numbers of
    images, with a word to ``on_left_out``; intervals are a percentile bootstrap over images.
    """
    alignments, ceilings = [], {}
    for path in sorted((out / "attention").glob("*/*.parquet")):
        rows = read_whole(path, "saliency").to_pandas()
        found = rows["estimate"].dropna().to_numpy()
        first = rows.iloc[0]
        if n_constant := len(rows) - len(found):
            on_left_out(
                f"{first['model_name']} × {first['stimulus_set_id']}: {n_constant} of {len(rows)} "
                "images left out, a map of them is the same everywhere"
            )
        if not len(found):
            continue
        means = resample_counts(len(found), N_RESAMPLES, 0) @ found / len(found)
        n_people = None if rows["n_people"].isna().all() else int(rows["n_people"].max())
        same = {
            "stimulus_set_id": first["stimulus_set_id"],
            "target": "attention",
            "metric": "map_spearman",
            "n_people": n_people,
        }
        alignments.append(
            same
            | (quantiles(means) if len(found) > 1 else {})
            | {
                "model_name": first["model_name"],
                "layer": "input",
                "distance": "gradient",
                "estimate": float(found.mean()),
                "people_interval": "none: not computed for this metric",
                "n_stimuli": len(found),
                "n_compared": len(found),
                "n_resamples": N_RESAMPLES,
                "is_derived": False,
                "is_control": bool(first["is_control"]),
                "weights_sha256": first["weights_sha256"],
            }
        )
        known = rows["ceiling"].dropna()
        if len(known):
            # the view of the first model; others crop a little otherwise
            ceilings.setdefault(
                first["stimulus_set_id"],
                same
                | {
                    "method": "split_half",
                    "estimate": float(known.mean()),
                    "n_splits": MAP_SPLITS,
                    "n_stimuli": len(known),
                    "unit": "person",
                },
            )
    return table_of(alignments, "alignments"), table_of(list(ceilings.values()), "ceilings")
