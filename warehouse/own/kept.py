"""What was added on this machine: a folder a name under ``data/own/``.

A folder holds the table that a build loads (``scores.csv`` or ``trials.csv``), the bytes of the
original, and ``record.json``: what it was, when it came, how it was read. ``SHA256SUMS`` has the
checksums of all: a build refuses what has changed. A folder appears whole or not at all.
"""

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from ingest import Explained, names_like, reason, settings
from ingest.documents import DocumentError, read_json
from ingest.files import LEFT_BY_SYSTEMS, delete, files_below
from ingest.locate import SUMS, note_sums, sha256_of, sums_of
from ingest.registry import CLOSED

# Windows opens its devices by these names, whatever folder they stand in
NAME = re.compile(r"(?!(con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z0-9][a-z0-9_-]{0,39}")
RECORD = "record.json"
LOCK = ".own.lock"
"""Held by the one command that adds or removes; no addition can be of this name."""


class NotKept(Explained):
    """Nothing was added or removed; the message says why."""


@dataclass(frozen=True, config=CLOSED)
class Record:
    """What is known of one addition. ``counts`` and ``understood`` are for people."""

    name: str
    kind: str
    file: str
    sha256: str
    bytes: int
    added_at: str
    counts: dict[str, int]
    understood: dict[str, str]


def folder() -> Path:
    """Where all additions stand."""
    return settings.DATA / "own"


def name_of(path: Path, asked: str | None = None) -> str:
    """The name of an addition: as asked for, or that of its file in lower case."""
    name = asked or re.sub(r"[^a-z0-9_-]+", "_", path.stem.lower()).strip("_-")[:40]
    if not NAME.fullmatch(name):
        raise NotKept(
            f"{name or path.name!r} is no name: up to 40 lower-case letters, digits, _ and -, and "
            "no device of Windows; aw add --name NAME"
        )
    return name


def keep(
    name: str, kind: str, path: Path, data: bytes, table: pd.DataFrame,
    counts: dict[str, int], understood: dict[str, str],
    more: Mapping[str, Path] | None = None, check: Callable[[Path], object] | None = None,
) -> Record:  # fmt: skip
    """Keep a table that was read, with the original's bytes.

    Parameters
    ----------
    name, kind : str
        Of the addition; the kind names the table: ``scores``, ``trials`` or ``dissimilarities``.
    path : Path
        Of the original.
    data : bytes
        Its content.
    table : DataFrame
        What a build loads.
    counts, understood : dict
        What the record says of it.
    more : mapping of str to Path, optional
        Files that are copied beside the table, by their place in the folder.
    check : callable, optional
        Called with the folder before it takes its place; what it raises leaves nothing behind.

    Raises
    ------
    NotKept
        The name is taken.
    """
    record = Record(
        name, kind, path.name, hashlib.sha256(data).hexdigest(), len(data),
        datetime.now(UTC).isoformat(timespec="seconds"), counts, understood,
    )  # fmt: skip
    folder().mkdir(parents=True, exist_ok=True)
    with _written(name), _half(name) as whole:
        refuse_taken(name, data)
        whole.mkdir()
        table.to_csv(whole / f"{kind}.csv", index=False, lineterminator="\n")
        (whole / _original(path)).write_bytes(data)
        text = json.dumps(asdict(record), indent=2, ensure_ascii=False)
        (whole / RECORD).write_text(text + "\n", "utf-8")
        for place, original in (more or {}).items():
            (whole / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(original, whole / place)
        note_sums(whole)
        if check is not None:
            as_read = {f"{kind}.csv": f"{path}, as it was read"}
            _checked(whole, check, as_read | {p: str(o) for p, o in (more or {}).items()})
        whole.rename(folder() / name)
    return record


def _checked(whole: Path, check: Callable[[Path], object], names: Mapping[str, str]) -> None:
    """Check a copy that is deleted if it is refused: what is said of it names the originals."""
    try:
        check(whole)
    except Explained as error:
        said = str(error)
        for place, name in names.items():
            said = said.replace(str(whole / place), name)
        raise NotKept(said) from error


@contextlib.contextmanager
def _half(name: str) -> Iterator[Path]:
    """Where an addition stands that is not whole: what a killed command left there goes first.

    A dot in front: it is no addition, and no pattern of the build finds it. One command at a time:
    what another is at would look as left.
    """
    place = folder() / f".{name}"
    with (folder() / LOCK).open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        delete(place)
        try:
            yield place
        finally:
            delete(place)


@contextlib.contextmanager
def _written(name: str) -> Iterator[None]:
    """Say where the disk refused: not every library does."""
    try:
        yield
    except OSError as error:
        where = Path(error.filename2 or error.filename or folder() / name)
        if not where.is_relative_to(folder()):  # what is copied
            raise NotKept(f"{where}: cannot be read ({reason(error)})") from error
        raise NotKept(f"{folder() / name}: could not be written ({reason(error)})") from error


def refuse_taken(name: str, data: bytes) -> None:
    """Refuse a name that another addition has."""
    for other in listed():
        if other.name == name:
            is_same = other.sha256 == hashlib.sha256(data).hexdigest()
            same = " with the same content" if is_same else ""
            raise NotKept(
                f"{name} is there already{same} ({other.file}, added {other.added_at[:10]}): "
                f"aw remove {name}, or aw add --name ANOTHER"
            )


def refuse_repeated(
    kind: str, table: pd.DataFrame, key: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    """Refuse rows that another addition of the kind holds already; ``key`` tells rows apart."""
    mine = key(table)
    for other in listed():
        if other.kind == kind:
            before = key(_table(other)).drop_duplicates()
            if n := len(mine.merge(before)):
                raise NotKept(
                    f"{n:,} of {len(table):,} {kind} were added before, as {other.name}: "
                    f"aw remove {other.name}"
                )


def _table(record: Record) -> pd.DataFrame:
    """What was kept of an addition, as text."""
    path = folder() / record.name / f"{record.kind}.csv"
    if sums_of(path.parent).get(path.name) != sha256_of(path):
        raise NotKept(
            f"{path}: the file is not the added one. aw remove {record.name}, and add its file "
            "again"
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def names() -> set[str]:
    """Models, observers and benchmarks of all additions, as they were spelt."""
    columns = {"scores": ["model", "benchmark_id"], "trials": ["subj"]}
    found: set[str] = set()
    for record in listed():
        if record.kind in columns:
            table = _table(record)
            found |= {name for column in columns[record.kind] for name in table[column]}
    return found


def listed() -> list[Record]:
    """All additions, by name."""
    found = sorted(folder().glob(f"[!.]*/{RECORD}"))
    return [_record(path) for path in found]


def _record(path: Path) -> Record:
    try:
        record = Record(**read_json(path))
        why = "" if record.name == path.parent.name else f"of {record.name!r}"
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        why = f"{first['loc'][0]}: {first['msg']}"
    except DocumentError as error:
        why = str(error)
    if why:
        raise NotKept(f"{path}: damaged ({why}). Delete {path.parent}, and add its file again")
    return record


def remove(name: str) -> Record:
    """Take an addition out; the next build does not know it any more.

    What stands at the place of a link is not ours: the link goes, and nothing behind it.

    Raises
    ------
    NotKept
        There is none of this name, or its folder holds what was not added.
    """
    records = {record.name: record for record in listed()}
    if name not in records:
        there = names_like(name, records) if records else "Nothing was added."
        raise NotKept(f"no addition {name!r}. {there}")
    whole = folder() / name
    if not whole.is_symlink() and (others := _others(whole, records[name])):
        raise NotKept(
            f"{name} was not removed, for its folder goes as a whole and this was not added with "
            f"it: {', '.join(map(str, others))}. Move it away, then aw remove {name}"
        )
    # renamed first, so that a build never sees half of it
    with _half(name) as gone:
        whole.rename(gone)
    return records[name]


def _others(whole: Path, record: Record) -> list[Path]:
    """What somebody put into an addition; what was added may be damaged, as may its checksums."""
    ours = {SUMS, RECORD, f"{record.kind}.csv", _original(Path(record.file)), *sums_of(whole)}
    return sorted(
        path
        for path in files_below(whole)
        if path.relative_to(whole).as_posix() not in ours
        and path.name.lower() not in LEFT_BY_SYSTEMS
    )


def _original(path: Path) -> str:
    """Name of the bytes of the original."""
    return f"original{path.suffix.lower()}"
