"""The source registry: the dbt source YAML files, read as they are.

One file ``dbt_project/models/staging/<source>/_<source>__sources.yml`` per source names where its
files come from (URL, commit, sha256, licence, citation) and the frozen columns of each raw table.
dbt documents the same file and lineage starts at it, so there is no second list to keep in step.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from ingest import settings

READERS = ("csv", "json", "parquet")
DATA_TYPES = ("varchar", "bigint", "double", "boolean", "json")


class RegistryError(Exception):
    """A source YAML file or manifest that does not say what it must."""


@dataclass(frozen=True)
class SourceFile:
    """One published file: its path under data/, its URL, its sha256 and its size in bytes."""

    path: str
    url: str
    sha256: str
    bytes: int

    @property
    def load_id(self) -> str:
        """The first twelve hex digits of the sha256; every raw row carries it."""
        return self.sha256[:12]


@dataclass(frozen=True)
class Column:
    """A frozen column: the exact published name, and the type its text must parse as."""

    name: str
    data_type: str


@dataclass(frozen=True)
class RawTable:
    """A raw table: the files with one exact header, and the contract on that header."""

    source_id: str
    name: str
    identifier: str
    description: str
    reader: str
    columns: tuple[Column, ...]
    files: tuple[SourceFile, ...]
    yaml_path: Path
    missing: tuple[str, ...] = ()
    drop_keys: tuple[str, ...] = ()
    rest_as: str | None = None
    rest_pattern: str | None = None

    @property
    def contract_hash(self) -> str:
        """Twelve hex digits that change when a column, a type or a missing marker changes."""
        contract = [[c.name, c.data_type] for c in self.columns] + [list(self.missing)]
        return hashlib.sha256(json.dumps(contract).encode()).hexdigest()[:12]

    def yaml_line(self, column: str | None = None) -> str:
        """Where the contract stands: ``path:line`` of the column, or of the table's columns."""
        lines = self.yaml_path.read_text().splitlines()
        head = re.compile(rf"\s*- name: {re.escape(self.name)}\s*$")
        start = next((i for i, text in enumerate(lines) if head.match(text)), 0)
        wanted = rf"\s*- \{{name: [\"']?{re.escape(column)}[\"']?," if column else r"\s*columns:"
        at = next((i for i in range(start, len(lines)) if re.match(wanted, lines[i])), start)
        try:
            shown = self.yaml_path.relative_to(settings.ROOT)
        except ValueError:
            shown = self.yaml_path
        return f"{shown}:{at + 1}"


@dataclass(frozen=True)
class Source:
    """A published source with its provenance and its raw tables."""

    source_id: str
    title: str
    description: str
    url: str
    commit: str
    retrieved_on: str
    licence: str
    is_redistributable: bool
    citation: str
    tables: tuple[RawTable, ...] = field(repr=False)
    ignored: dict[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        """Every file of the source, each once."""
        return tuple({f.path: f for table in self.tables for f in table.files}.values())

    @property
    def is_carried(self) -> bool:
        """The project itself carries its files: what we computed, not what others published."""
        return any(file.path.startswith("results/") for file in self.files)

    @property
    def citation_keys(self) -> tuple[str, ...]:
        """The BibTeX keys in docs/references.bib."""
        return tuple(key.strip() for key in self.citation.split(","))


def _need(mapping: dict, key: str, where: str):
    if key not in mapping or mapping[key] in (None, ""):
        raise RegistryError(f"{where}: {key} is missing. Add it; CONTRIBUTING.md lists the keys.")
    return mapping[key]


def read_manifest(path: Path) -> tuple[SourceFile, ...]:
    """Read a committed list of files (path, url, sha256, bytes)."""
    if not path.is_file():
        raise RegistryError(f"{path}: the manifest named by a source YAML file is not there.")
    with path.open(newline="", encoding="utf-8") as handle:
        reader = csv.DictReader(handle)
        expected = ["path", "url", "sha256", "bytes"]
        if reader.fieldnames != expected:
            raise RegistryError(f"{path}:1: header is {reader.fieldnames}, expected {expected}.")
        return tuple(
            SourceFile(row["path"], row["url"], row["sha256"], int(row["bytes"])) for row in reader
        )


def local_files(pattern: str) -> tuple[SourceFile, ...]:
    """What was computed on this machine: the files under data/ that match, as they are now.

    There may be none. Nobody published them, so the checksum is taken here and tells one state of
    the file from another; it does not vouch for it.
    """
    return tuple(
        SourceFile(
            path.relative_to(settings.DATA).as_posix(),
            "aw compute embed",
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_size,
        )
        for path in sorted(settings.DATA.glob(pattern))
    )


def _table(source_id: str, entry: dict, yaml_path: Path, root: Path) -> RawTable:
    name = _need(entry, "name", str(yaml_path))
    where = f"{yaml_path}, table {name}"
    meta = _need(_need(entry, "config", where), "meta", where)
    reader = _need(meta, "reader", where)
    if reader not in READERS:
        raise RegistryError(f"{where}: reader {reader!r} is none of {', '.join(READERS)}.")
    columns = tuple(
        Column(_need(c, "name", where), _need(c, "data_type", f"{where}, column {c.get('name')}"))
        for c in _need(entry, "columns", where)
    )
    for column in columns:
        if column.data_type not in DATA_TYPES and reader != "parquet":
            raise RegistryError(
                f"{where}, column {column.name}: data_type {column.data_type!r} is none of "
                f"{', '.join(DATA_TYPES)}."
            )
    identifier = entry.get("identifier", name)
    if identifier != f"{source_id}__{name}":
        raise RegistryError(f"{where}: identifier must be {source_id}__{name}, is {identifier}.")
    if "local_files" in meta:
        files = local_files(meta["local_files"])
    elif "manifest" in meta:
        files = read_manifest(root / meta["manifest"])
    else:
        files = tuple(
            SourceFile(
                _need(f, "path", where),
                _need(f, "url", where),
                _need(f, "sha256", where),
                int(_need(f, "bytes", where)),
            )
            for f in _need(meta, "files", where)
        )
    for file in files:
        if not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
            raise RegistryError(f"{where}, {file.path}: sha256 is not 64 hex digits.")
        if Path(file.path).is_absolute() or ".." in Path(file.path).parts:
            raise RegistryError(f"{where}, {file.path}: the path must stay under data/.")
    return RawTable(
        source_id=source_id,
        name=name,
        identifier=identifier,
        description=_need(entry, "description", where),
        reader=reader,
        columns=columns,
        files=files,
        yaml_path=yaml_path,
        missing=tuple(meta.get("missing", ())),
        drop_keys=tuple(meta.get("drop_keys", ())),
        rest_as=meta.get("rest_as"),
        rest_pattern=meta.get("rest_pattern"),
    )


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
    RegistryError
        A file lacks a key, or a key does not have the form it must have.
    """
    staging = staging or settings.STAGING
    root = root or settings.ROOT
    sources: dict[str, Source] = {}
    for path in sorted(staging.glob("*/_*__sources.yml")):
        for entry in yaml.safe_load(path.read_text())["sources"]:
            source_id = _need(entry, "name", str(path))
            meta = entry.get("config", {}).get("meta", {})
            if meta.get("is_ledger"):
                continue  # written by ingest itself, not published by anyone
            where = f"{path}, source {source_id}"
            if source_id in sources:
                raise RegistryError(f"{where}: declared twice.")
            sources[source_id] = Source(
                source_id=source_id,
                title=_need(meta, "title", where),
                description=_need(entry, "description", where),
                url=_need(meta, "url", where),
                commit=str(_need(meta, "commit", where)),
                retrieved_on=str(_need(meta, "retrieved_on", where)),
                licence=_need(meta, "licence", where),
                is_redistributable=bool(meta.get("redistributable", False)),
                citation=_need(meta, "citation", where),
                tables=tuple(
                    _table(source_id, t, path, root) for t in _need(entry, "tables", where)
                ),
                ignored=meta.get("ignored", {}),
            )
    return dict(sorted(sources.items()))
