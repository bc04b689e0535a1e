"""Models and their embeddings: weights with provenance, the model's own preprocessing, one loop.

A model is named by a declared set of weights (``inputs.yml``), by a timm name (pretrained), or as
``random:ARCHITECTURE:SEED``, an untrained control. Weights are tensors: a file that holds anything
else is refused.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from compute.measure.backend import import_timm, import_torch
from compute.measure.rdm import is_the_same
from compute.measure.weights import ModelError, ModelSpec, fit_state, read_state, state_sha256

if TYPE_CHECKING:
    import torch

PENULTIMATE = "penultimate"
BATCH_SIZE = {"cpu": 8, "mps": 32, "cuda": 256}
"""Images at once before any halving; eight is fastest on few cores."""


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
    timm = import_timm()
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
            state = read_state(spec.path, spec.identity)
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
    """The device asked for; ``auto`` takes the first of CUDA, MPS and the CPU.

    Raises
    ------
    ModelError
        The device is not there.
    ImportError
        Nor is torch; the message names the command that gets it.
    """
    torch = import_torch()
    n_cuda = torch.cuda.device_count()
    here = ["cuda"] * (n_cuda > 0) + ["mps"] * torch.backends.mps.is_available() + ["cpu"]
    if device == "auto":
        return torch.device(here[0])
    here += [f"cuda:{i}" for i in range(n_cuda)]
    if device not in here:
        raise ModelError(f"no device {device!r} here: --device {', '.join(here)} or auto")
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
    if layer == PENULTIMATE:
        head, body = network.forward_head, network.forward_features
        return lambda x: head(body(x), pre_logits=True).flatten(1)
    modules = {n: part for n, part in network.named_modules(remove_duplicate=False) if n}
    if layer not in modules:
        close = [n for n in modules if layer.split(".")[0] in n][:5] or [*modules][-5:]
        raise ModelError(f"no layer {layer!r}; there are {', '.join(close)}, …")
    module = modules[layer]
    kept: list = []
    written: list[torch.nn.Module] = []
    for part in network.modules():
        if not [*part.children()] and [*part.parameters()]:
            part.register_forward_hook(lambda part, _i, _o: written.append(part))
    module.register_forward_hook(lambda _m, _i, output: kept.append((output, written[-1:])))

    def run(x):
        kept.clear()
        written.clear()
        network(x)
        if len(kept) != 1 or not hasattr(kept[0][0], "ndim"):
            raise ModelError(f"layer {layer!r} gives no single tensor in a forward pass")
        output, last = kept[0]
        if output.ndim < 2 or len(output) != len(x):
            shape = tuple(output.shape)
            raise ModelError(f"layer {layer!r} gives {shape} for {len(x)} images: not a row each")
        if output.ndim == 2 or pool == "flat":
            return output.flatten(1)
        axis = _channel_axis(output, network, module, last)
        if axis is None:
            raise ModelError(
                f"layer {layer!r} gives {tuple(output.shape)}: which axis holds the features is "
                "not known. Take --pool flat, or the layer that it stands in"
            )
        return output.mean([i for i in range(1, output.ndim) if i != axis])

    return run


def _channel_axis(
    output: torch.Tensor,
    network: torch.nn.Module,
    module: torch.nn.Module,
    last: list[torch.nn.Module],
) -> int | None:
    """The axis of features, the others being positions; None where it is not known.

    timm's networks mix (n, channels, height, width) with (n, height, width, channels), and say so
    only in part (``output_fmt``). The number of tokens tells their axis, also where networks that
    mix tokens turn (n, tokens, channels) over. The other sign is the size: a layer has as many
    features as the last part with weights that ran before it puts out.
    """
    said = str(getattr(module, "output_fmt", "")).split(".")[-1].upper()
    if said in ("NCHW", "NHWC", "NCL", "NLC") and len(said) == output.ndim:
        return said.index("C")
    if output.ndim not in (3, 4) or not last:
        return None
    n = next((m.num_patches for m in network.modules() if hasattr(m, "num_patches")), None)
    if output.ndim == 3 and n:
        counts = {n, n + 1, n + getattr(network, "num_prefix_tokens", 0)}
        first, second = (size in counts for size in output.shape[1:])
        if first != second:
            return 2 if first else 1
        if not first and output.shape[1] == network.num_features:
            return None  # channels, and mixtures of tokens
    (part,) = last
    sizes = [len(p) for p in part.parameters(recurse=False) if p.ndim == 1]
    size = next(
        (getattr(part, n) for n in ("out_channels", "out_features") if hasattr(part, n)),
        sizes[0] if sizes else None,
    )
    fitting = [axis for axis in (1, output.ndim - 1) if output.shape[axis] == size]
    if len(fitting) == 2 and part is module:
        # both sizes fit, and nothing ran after the part itself, whose kind has one layout
        kind = type(part).__name__
        return 1 if "Conv" in kind or kind.endswith("2d") else output.ndim - 1
    if len(fitting) == 2 and output.ndim == 3:
        return 2  # tokens
    return fitting[0] if len(fitting) == 1 else None


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
        A feature is NaN or infinite (the message names the image), all images have the same
        features, the layer or the device does not exist, it is not known which axis of the layer
        holds its features, or one image alone does not fit into memory.
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
    whole = np.concatenate(chunks)
    if is_the_same(whole):
        raise ModelError(f"{model.spec.name}: layer {layer} has the same features for every image")
    return whole, {"device": device_name(place), "batch_size": size}


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


def versions() -> dict[str, str]:
    """Versions of everything that an embedding depends on."""
    import platform

    out = {p: metadata.version(p) for p in ("torch", "torchvision", "timm", "numpy", "pillow")}
    return {"python": platform.python_version(), **out}


def as_json(value) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
