"""YAML and JSON files of the project's own: read whole, or one line that names the file and why."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ingest import Explained
from ingest.files import content_of

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Safe, and written in C where PyYAML has it: ten times as fast."""

DEEPEST = 100
"""Levels in a document; libyaml's composer ends the process at some ten thousand."""

MARK = "\ufeff"
"""Of the byte order; inside of a text it is a letter to some readers and nothing to others."""


class DocumentError(Explained):
    """A file of the project that does not say what it must; the message names file and line."""


def text_of(path: Path) -> str:
    """The text of a file of the project.

    Raises
    ------
    DocumentError
        It is not in UTF-8.
    """
    content = content_of(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{path}: not UTF-8 (line {line}); save it as UTF-8") from error


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of a CSV file below its header, with the line that it ends on.

    Raises
    ------
    DocumentError
        Not UTF-8 or not CSV, no header, or a row with another number of cells than the header.
    """
    rows = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    header: list[str] = []
    try:
        for row in filter(None, rows):
            if header and len(row) != len(header):
                raise DocumentError(
                    f"{path}:{rows.line_num}: {len(row)} cells where the header has {len(header)}"
                )
            if header:
                yield rows.line_num, dict(zip(header, row, strict=True))
            header = header or row
    except csv.Error as error:
        raise DocumentError(f"{path}:{rows.line_num}: not readable as CSV ({error})") from error
    if not header:
        raise DocumentError(f"{path}: is empty, expected a header")


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises
    ------
    DocumentError
        Not UTF-8, not YAML, nested deeper than anybody writes, a key that stands twice, or no
        mapping.
    """
    try:
        text = text_of(path)
        if MARK in text:
            line = text.count("\n", 0, text.index(MARK)) + 1
            raise DocumentError(
                f"{path}, line {line}: holds a byte-order mark that is not its first character; "
                "remove it"
            )
        _refuse_twice_and_deep(path, text)
        held = yaml.load(text, LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise DocumentError(f"{path}{where}: not readable as YAML ({error.problem})") from error
    except yaml.YAMLError as error:  # of a character
        said = " ".join(str(error).splitlines()[:1])
        raise DocumentError(f"{path}: not readable as YAML ({said})") from error
    except ValueError as error:  # of a date or a number
        raise DocumentError(f"{path}: not readable as YAML ({error})") from error
    if not isinstance(held, dict):
        raise DocumentError(f"{path}: expected keys with values, found {_kind(held)}")
    return held


def entries(path: Path, section: str) -> list[dict[str, Any]]:
    """The entries of one section of a YAML file, each with its ``name``.

    Raises
    ------
    DocumentError
        As :func:`read_yaml`; or the section is not there, or an entry has no name.
    """
    held = read_yaml(path)
    if section not in held:
        raise DocumentError(f"{path}: the key {section} is missing")
    found = held[section]
    if not isinstance(found, list):
        raise DocumentError(f"{path}, {section}: expected a list, found {_kind(found)}")
    for number, entry in enumerate(found, start=1):
        if not isinstance(entry, dict):
            raise DocumentError(
                f"{path}, {section}, entry {number}: expected keys with values, found "
                f"{_kind(entry)}"
            )
        if not isinstance(entry.get("name"), str):
            raise DocumentError(f"{path}, {section}, entry {number}: name is missing")
    return found


def read_json(path: Path) -> dict[str, Any]:
    """The object that a JSON file of this machine holds.

    Raises
    ------
    DocumentError
        Damaged; the way out is with whoever knows what it is.
    """
    try:
        held = json.loads(content_of(path))
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise DocumentError(f"{path}: damaged, not readable as JSON ({said})") from error
    if not isinstance(held, dict):
        raise DocumentError(f"{path}: damaged, expected keys with values, found {_kind(held)}")
    return held


def _kind(held: object) -> str:
    names = {type(None): "nothing", list: "a list", str: "text", dict: "keys with values"}
    return names.get(type(held), f"a {type(held).__name__}")


def _refuse_twice_and_deep(path: Path, text: str) -> None:
    """Look at the events of a document, which no nesting can harm, before it is put together."""
    levels: list[tuple[set[str], list[bool]] | None] = []
    for event in yaml.parse(text, LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            levels.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        if levels and levels[-1]:
            keys, is_key = levels[-1]
            if is_key[0] and isinstance(event, yaml.ScalarEvent):
                if event.value in keys:
                    line = event.start_mark.line + 1
                    raise DocumentError(f"{path}, line {line}: {event.value!r} stands twice")
                keys.add(event.value)
            is_key[0] = not is_key[0]
        if isinstance(event, yaml.CollectionStartEvent):
            levels.append((set(), [True]) if isinstance(event, yaml.MappingStartEvent) else None)
            if len(levels) > DEEPEST:
                line = event.start_mark.line + 1
                raise DocumentError(f"{path}, line {line}: nested deeper than {DEEPEST} levels")
