"""The source registry: the dbt source YAML files, read as they are against one closed schema.

One file ``dbt_project/models/staging/<source>/_<source>__sources.yml`` per source names where its
files come from (URL, commit, sha256, licence, citation) and the frozen columns of each raw table.
dbt documents the same file and lineage starts at it, so there is no second list to keep in step.
Reading the registry opens no data file.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ingest import settings, shortened
from ingest.documents import DocumentError, entries, rows_of

CLOSED = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
"""Of everything that is declared in YAML: a key that nobody knows is an error."""

TEMPLATE = re.compile(r"\{[{%#]")
"""Begins what dbt would put something else in the place of, or fail at."""

READERS = ("csv", "json", "parquet")
DataType = Literal["varchar", "bigint", "double", "boolean", "json"]
Declared = TypeVar("Declared")


def _below_data(path: str) -> str:
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ValueError("the path must stay under data/")
    return path


def _checksum(sha256: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}|", sha256):
        raise ValueError("sha256 is not 64 hex digits")
    return sha256


Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, config=CLOSED)
class SourceFile:
    """One published file: its path under data/, its URL, its sha256 and its size in bytes.

    A file without a sha256 is one that nobody vouches for: it was made on this machine, or nobody
    here has seen it (``get`` of its source).
    """

    path: Annotated[str, AfterValidator(_below_data)]
    url: str
    sha256: Annotated[str, AfterValidator(_checksum)]
    bytes: Annotated[int, Field(ge=0)]

    @property
    def load_id(self) -> str:
        """The first twelve hex digits of the sha256; every raw row carries it."""
        return self.sha256[:12]


@dataclass(frozen=True, config=CLOSED)
class Column:
    """A frozen column: the exact published name, and the type its text must parse as."""

    name: Text
    data_type: Text
    description: str = ""
    data_tests: tuple[Any, ...] = ()


@dataclass(frozen=True, config=CLOSED)
class RawTable:
    """A raw table: the files with one exact header, and the contract on that header.

    ``missing`` are the markers that may stand in a number; ``drop_keys``, ``rest_as`` and
    ``rest_pattern`` say what becomes of the keys of a JSON object; ``local_files`` is a pattern
    under data/ of what was computed on this machine, of which there may be nothing.
    """

    source_id: str
    name: Text
    identifier: Text
    description: Text
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    yaml_path: Path
    files: tuple[SourceFile, ...] = ()
    local_files: str | None = None
    missing: tuple[str, ...] = ()
    drop_keys: tuple[str, ...] = ()
    rest_as: str | None = None
    rest_pattern: str | None = None

    def __post_init__(self) -> None:
        if self.identifier != f"{self.source_id}__{self.name}":
            raise ValueError(f"identifier must be {self.source_id}__{self.name}")
        if bool(self.files) == bool(self.local_files):
            raise ValueError("files, a manifest or local_files is missing (one of the three)")
        if self.reader not in READERS:
            raise ValueError(f"{self._a_file}: no reader of this kind, only {', '.join(READERS)}")
        known = DataType.__args__
        for column in self.columns:
            if self.reader != "parquet" and column.data_type not in known:
                raise ValueError(
                    f"column {column.name}: data_type {column.data_type!r} is none of "
                    f"{', '.join(known)}"
                )

    @property
    def _a_file(self) -> str:
        return self.files[0].path if self.files else self.local_files

    @property
    def reader(self) -> str:
        """How the files are read, by the end of their name: csv, json or parquet."""
        return Path(self._a_file.removesuffix(".gz")).suffix[1:]

    @property
    def contract_hash(self) -> str:
        """Twelve hex digits that change when a column, a type or a missing marker changes."""
        contract = [[c.name, c.data_type] for c in self.columns] + [list(self.missing)]
        return hashlib.sha256(json.dumps(contract).encode()).hexdigest()[:12]

    def holds(self, path: str) -> bool:
        """Whether a file under data/ is one of this table."""
        if self.local_files:
            return Path(path).match(self.local_files)
        return path in self._paths

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files)

    def yaml_line(self, column: str | None = None) -> str:
        """Where the contract stands: ``path:line`` of the column, or of the table's columns."""
        lines = self.yaml_path.read_text("utf-8").splitlines()
        head = re.compile(rf"\s*- name: {re.escape(self.name)}\s*$")
        start = next((i for i, text in enumerate(lines) if head.match(text)), 0)
        wanted = r"^\s*(columns|header):"
        if column:
            name = rf"[\"']?{re.escape(column)}[\"']?"
            kind = "|".join(DataType.__args__)
            wanted = rf"^\s*- \{{name: {name},.*data_type|[{{ ]{name}: ({kind})\b"
        at = next((i for i in range(start, len(lines)) if re.search(wanted, lines[i])), start)
        shown = self.yaml_path
        if shown.is_relative_to(settings.ROOT):
            shown = shown.relative_to(settings.ROOT)
        return f"{shown}:{at + 1}"


@dataclass(frozen=True, config=CLOSED)
class Source:
    """A published source with its provenance and its raw tables.

    ``ignored`` names what was published beside it and is not loaded, with the reason. ``get`` says
    how to come by files that no download brings; of these the sha256 may be unknown. What is
    ``private`` is of this machine: no published number takes part of it.
    """

    source_id: Text
    title: Text
    description: Text
    url: Text
    commit: Text
    retrieved_on: Text
    licence: Text
    citation: Text
    tables: Annotated[tuple[RawTable, ...], Field(min_length=1)] = field(repr=False)
    redistributable: bool = False
    private: bool = False
    ignored: dict[str, str] = field(default_factory=dict, repr=False)
    get: Text | None = None

    def __post_init__(self) -> None:
        unchecked = [file.path for file in self.files if not file.sha256]
        if unchecked and not self.get:
            raise ValueError(f"{unchecked[0]}: sha256 is not 64 hex digits")

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        """Every published file of the source, each once."""
        return tuple({f.path: f for table in self.tables for f in table.files}.values())

    @property
    def is_carried(self) -> bool:
        """Nobody published its files: the project carries them, or this machine made them."""
        return all(file.path.startswith("results/") for file in self.files)

    @property
    def citation_keys(self) -> tuple[str, ...]:
        """The BibTeX keys in docs/references.bib."""
        return tuple(key.strip() for key in self.citation.split(","))


def declared(kind: type[Declared], entry: Mapping[str, Any], where: str) -> Declared:
    """Check one declaration against its closed schema.

    Parameters
    ----------
    kind : type
        A pydantic dataclass with the configuration `CLOSED`.
    entry : mapping
        What stands in the YAML file.
    where : str
        File and entry, for the message.

    Raises
    ------
    DocumentError
        The first thing that is missing, unknown or of the wrong form.
    """
    try:
        return TypeAdapter(kind).validate_python(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        *within, last = first["loc"] or ("",)
        place = _place(entry, within)
        said = {
            "missing": f"{last} is missing",
            "string_too_short": f"{last} is missing",
            "too_short": f"{last} is missing",
            "unexpected_keyword_argument": f"{last} is a key that nobody knows",
            "extra_forbidden": f"{last} is a key that nobody knows",
            "literal_error": f"{last} {first['input']!r} is none of "
            + first.get("ctx", {}).get("expected", "").replace("'", ""),
        }.get(first["type"])
        if said is None:
            place = _place(entry, first["loc"])
            said = first["msg"].removeprefix("Value error, ")
        raise DocumentError(f"{where}{place}: {said}. CONTRIBUTING.md lists the keys.") from error


def _place(entry: Any, location: tuple[str | int, ...] | list[str | int]) -> str:
    """Where in an entry an error is, by names instead of by numbers."""
    text = ""
    for step in location:
        try:
            entry = entry[step]
        except (KeyError, IndexError, TypeError):
            entry = None
        if isinstance(step, int) and isinstance(entry, Mapping):
            text += f" {entry.get('name', entry.get('path', step + 1))}"
        else:
            text += f", {str(step).removesuffix('s') if isinstance(entry, list) else step}"
    return text


def read_manifest(path: Path) -> list[dict[str, str]]:
    """Read a committed list of files (path, url, sha256, bytes)."""
    if not path.is_file():
        raise DocumentError(f"{path}: the manifest named by a source YAML file is not there.")
    rows = [row for _, row in rows_of(path)]
    expected = ["path", "url", "sha256", "bytes"]
    if not rows or [*rows[0]] != expected:
        found = shortened(", ".join(rows[0])) if rows else "no row"
        raise DocumentError(f"{path}:1: header is {found}, expected {', '.join(expected)}.")
    return rows


def _flat(entry: Any) -> dict[str, Any]:
    """An entry of dbt with its ``config.meta`` beside the other keys."""
    rest = {k: v for k, v in entry.items() if k not in {"config", "schema"}}
    return rest | (entry.get("config") or {}).get("meta", {})


def _source(entry: dict, yaml_path: Path, root: Path, known: Mapping[str, Source]) -> Source:
    """One source; where a table has a ``header``, its ``columns`` add the words on some of it.

    ``header_of`` names a source read before, whose table of this name has the same columns.
    """
    flat = _flat(entry)
    flat["source_id"] = flat.pop("name", None) or ""
    for key in ("commit", "retrieved_on"):
        if key in flat:
            flat[key] = str(flat[key])
    tables = []
    for table in flat.get("tables") or ():
        made = _flat(table) | {"source_id": flat["source_id"], "yaml_path": yaml_path}
        if "name" in made:
            made.setdefault("identifier", made["name"])
        if header := made.pop("header", None):
            said = {column["name"]: column for column in made.get("columns") or ()}
            made["columns"] = [
                {"name": column, "data_type": kind} | said.pop(column, {})
                for column, kind in header.items()
            ] + list(said.values())
        if other := made.pop("header_of", None):
            (made["columns"],) = (t.columns for t in known[other].tables if t.name == made["name"])
        if "manifest" in made:
            made["files"] = read_manifest(root / made.pop("manifest"))
        tables.append(made)
    flat["tables"] = tables
    return declared(Source, flat, f"{yaml_path}, source {flat['source_id'] or '(name is missing)'}")


def load_registry(staging: Path | None = None, root: Path | None = None) -> dict[str, Source]:
    """Read every source YAML file.

    Parameters
    ----------
    staging : Path, optional
        Folder that holds one folder per source; the project's own by default.
    root : Path, optional
        Folder that manifest paths are relative to.

    Returns
    -------
    dict of str to Source
        Sorted by source id.

    Raises
    ------
    DocumentError
        A file lacks a key, has one that nobody knows, or a value is not of the form it must have.
    """
    sources: dict[str, Source] = {}
    for path in sorted((staging or settings.STAGING).glob("*/_*__sources.yml")):
        for entry in entries(path, "sources"):
            try:
                if _flat(entry).get("is_ledger"):
                    continue  # written by ingest itself, not published by anyone
                if found := TEMPLATE.search(said := str(entry)):
                    near = said[max(0, found.start() - 20) : found.end() + 20]
                    raise DocumentError(
                        f"{path}, source {entry['name']}: dbt would take {found[0]} for the begin "
                        f"of a template, in … {near} …. Write it otherwise."
                    )
                source = _source(entry, path, root or settings.ROOT, sources)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                raise DocumentError(
                    f"{path}, source {entry['name']}: keys, lists or values stand where others "
                    f"are expected ({error}). CONTRIBUTING.md lists the keys."
                ) from error
            if source.source_id in sources:
                raise DocumentError(f"{path}, source {source.source_id}: declared twice.")
            sources[source.source_id] = source
    return dict(sorted(sources.items()))
