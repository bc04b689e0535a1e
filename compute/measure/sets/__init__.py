"""Stimulus sets: published ones by name, a lab's own by its folder."""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from compute.measure.sets.classes import read_cifar10, read_cifar100, read_digits, read_idx
from compute.measure.sets.clickme import read_clickme
from compute.measure.sets.folder import own_folder, read_folder, slug
from compute.measure.sets.records import (
    Record,
    folder_of,
    found_files,
    how_to_get,
    is_present,
    load_records,
)
from compute.measure.sets.similarity import (
    category_of,
    read_cifar10h,
    read_objects92,
    read_peterson,
    read_things,
)
from compute.measure.sets.stimuli import Stimuli, StimulusError
from ingest import names_like, shortened
from ingest.locate import sha256_of


def read(name: str) -> Stimuli:
    """Read a declared set by name, or a folder of images of your own by its path.

    Parameters
    ----------
    name : str
        A name of ``inputs.yml``, or the path of a folder (see :func:`read_folder`).

    Raises
    ------
    StimulusError
        Unknown, absent (the message holds the command that gets it), or not as published.
    """
    records = load_records()
    if name not in records:
        return _read_own(name)
    record = records[name]
    if record.subset_of:
        return category_of(read(record.subset_of), record)
    found = found_files(record)
    if not is_present(record):
        raise StimulusError(f"{name} is not here. {how_to_get(record)}")
    parts = [read(record.images_of)] if record.images_of else []
    stimuli = READERS[record.reader](record, [item.path for item in found], *parts)
    for item in found:  # into memory now, all of it; a name may lead elsewhere than a moment ago
        if sha256_of(item.path) != item.found_sha256:
            raise StimulusError(f"{item.path}: has changed while it was read. Start again")
    digest = "".join(sorted(item.found_sha256 for item in found))
    if record.package:
        digest = f"{record.package}=={metadata.version(record.package)}"
    if not stimuli.sha256:
        stimuli = replace(stimuli, sha256=hashlib.sha256(digest.encode()).hexdigest())
    return stimuli


def id_of(name: str) -> str:
    """What a set is called in tables and files: a declared name, or the slug of a folder's name."""
    return name if name in load_records() else slug((own_folder(name) or Path(name)).name)


def is_declared(name: str) -> bool:
    """Whether a name is that of a declared set, whatever its capitals and kind of letters."""
    return unicodedata.normalize("NFKC", slug(name)).lower() in load_records()


def unknown(name: str) -> StimulusError:
    """The error of a name that is none."""
    if "/" in name:
        return StimulusError(f"{name}: no such folder (commas part names); if it moved, say where")
    known, name = names_like(name, load_records()), shortened(name)
    return StimulusError(
        f"no stimulus set {name!r} (commas part names): no folder here, none declared. {known}"
    )


def _read_own(name: str) -> Stimuli:
    folder = own_folder(name)
    if folder is None:
        raise unknown(name)
    if is_declared(folder.name):
        raise StimulusError(
            f"{folder}: {folder.name!r} is the name of a declared set; rename the folder"
        )
    return read_folder(folder)


def _read_declared_folder(record: Record, paths: list[Path]) -> Stimuli:
    return replace(read_folder(folder_of(record)), name=record.name, folder="")


READERS: dict[str, Callable[..., Stimuli]] = {
    "objects92": read_objects92,
    "peterson": read_peterson,
    "things": read_things,
    "cifar10h": read_cifar10h,
    "cifar10": read_cifar10,
    "cifar100": read_cifar100,
    "idx": read_idx,
    "digits": read_digits,
    "clickme": read_clickme,
    "folder": _read_declared_folder,
}
