"""Declared stimulus sets: what they are, where their files are, how to get them."""

from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from compute.measure.sets.stimuli import StimulusError
from ingest import settings
from ingest.documents import DocumentError, entries
from ingest.locate import DIFFERS, PRESENT, Located, locate
from ingest.registry import CLOSED, SourceFile, Text, declared

INPUTS = Path(__file__).parent.parent / "inputs.yml"
SUBSET = {"name", "title", "description", "subset_of", "category"}
"""What a set says that is a part of another; the rest is that of the other."""


@dataclass(frozen=True, config=CLOSED)
class Record:
    """One declared stimulus set with its provenance; a folder or a package has no ``files``.

    Of several files ``any_of`` needs one. ``images_of`` is the set that has the images, ``get``
    says how to come by what no download brings.
    """

    name: Text
    title: Text
    description: Text
    role: Literal["similarity", "classes", "attention"]
    reader: Literal[
        "objects92", "peterson", "things", "cifar10h", "cifar10", "cifar100", "idx", "digits",
        "clickme", "folder",
    ]  # fmt: skip
    url: Text
    commit: Text
    licence: Text
    citation: Text = ""
    files: tuple[SourceFile, ...] = ()
    any_of: bool = False
    folder: str | None = None
    package: str | None = None
    images_of: str | None = None
    get: str | None = None
    subset_of: str | None = None
    category: str | None = None


def read_inputs(section: str, kind: type, path: Path = INPUTS) -> Iterator[Any]:
    """Each entry of a section of ``inputs.yml``, checked.

    Raises
    ------
    DocumentError
        A key is missing or unknown, a value has another form, or a name stands twice.
    """
    made: dict[str, Any] = {}
    for entry in entries(path, section):
        where = f"{path.name}, {section} {entry.get('name')}"
        if entry.get("name") in made:
            raise DocumentError(f"{where}: declared twice")
        whole = entry
        if "subset_of" in entry:
            if set(entry) != SUBSET or entry["subset_of"] not in made:
                raise DocumentError(
                    f"{where}: a part has the keys {', '.join(sorted(SUBSET))}, and the set it is "
                    "a part of is declared above it"
                )
            whole = vars(made[entry["subset_of"]]) | entry
        elif "files" in entry:
            # a file whose publisher states no checksum is taken as it is, and listed as unverified
            unstated = {"url": "", "sha256": "", "bytes": 0}
            files = [{k: unstated.get(k) if v is None else v for k, v in f.items()}
                     for f in entry["files"]]  # fmt: skip
            whole = entry | {"files": files}
        made[entry["name"]] = declared(kind, whole, where)
        yield made[entry["name"]]


@cache
def load_records(path: Path = INPUTS) -> dict[str, Record]:
    """Read the declared stimulus sets.

    Raises
    ------
    StimulusError
        An unknown or missing key, an unknown role or reader, a name declared twice, or a part of
        a set that is not there.
    """
    try:
        return {record.name: record for record in read_inputs("stimuli", Record, path)}
    except DocumentError as error:
        raise StimulusError(str(error)) from error


@cache
def locate_files(record: Record) -> tuple[Located, ...]:
    """Where the files of a record are, without any network."""
    return tuple(locate(file) for file in record.files)


def folder_of(record: Record) -> Path | None:
    for root in (settings.MIRROR, settings.DATA):
        if root and (root / record.folder).is_dir():
            return root / record.folder
    return None


def is_present(record: Record) -> bool:
    """Whether everything that reading the set takes is here, with the right checksums."""
    if record.images_of and not is_present(load_records()[record.images_of]):
        return False
    if record.folder:
        return folder_of(record) is not None
    if record.package:
        return any(metadata.distributions(name=record.package))
    found = [item.status == PRESENT for item in locate_files(record)]
    return any(found) if record.any_of else all(found)


def how_to_get(record: Record) -> str:
    """The command or the address that brings an absent set."""
    if record.images_of and not is_present(load_records()[record.images_of]):
        return how_to_get(load_records()[record.images_of])
    if record.get:
        return record.get
    if record.package:
        return f"pip install {record.package}"
    return f"aw fetch {record.subset_of or record.name}"


def files_to_fetch(record: Record) -> tuple[SourceFile, ...]:
    """The files that a download can bring; none where the set is here already.

    Raises
    ------
    StimulusError
        Nobody offers them for download; the message says how to come by them.
    """
    records = load_records()
    files = files_to_fetch(records[record.images_of]) if record.images_of else ()
    own = tuple(f for f in record.files if f.url)
    if record.any_of:
        own = () if is_present(record) else own[:1]
    if not files and not own and not is_present(record):
        raise StimulusError(f"{record.name} cannot be downloaded: {how_to_get(record)}")
    return files + own


def found_files(record: Record) -> list[Located]:
    located = locate_files(record)
    for item in located:
        if item.status == DIFFERS:
            raise StimulusError(
                f"{record.name}: {item.difference}; delete it and run {how_to_get(record)}"
            )
    return [item for item in located if item.status == PRESENT]
