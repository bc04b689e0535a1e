"""What a statement gives, as files, terminals and Python can hold it.

DuckDB has more types than they: what one of them lacks comes as DuckDB's own text of it.
"""

import contextlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from ingest import HALF, Explained, reason

# Not uhugeint: Arrow has no type for it, and gets the highest as -1.
NUMBERS = {
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
    *("utinyint", "usmallint", "uinteger", "ubigint", "float", "double", "decimal"),
}
TYPED = NUMBERS | {
    *("varchar", "blob", "date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"),
    *("timestamp with time zone", "list", "array", "struct", "map"),
}
"""What Parquet holds. Not time: its 24:00:00 would be read as midnight."""
BATCH = 50_000
"""Rows in memory at a time."""


class Refused(Explained):
    """A text that is not one statement that may be run, or a file that cannot be written."""


@contextlib.contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which is whole in the end or as it was before; a device is itself.

    Raises
    ------
    Refused
        The disk is full, or cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        whole = Path(os.path.realpath(path))
        # a name of its own: that of the file may be as long as a name can be
        part = whole.with_name(f".aw-{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                yield file
            part.replace(whole)
        finally:
            with contextlib.suppress(OSError):  # on a disk that is read-only there is none
                part.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"{path}: could not be written ({reason(error)})") from error


def save(content: bytes, path: Path) -> None:
    """Write a file as :func:`written` does."""
    with written(path) as file:
        file.write(content)


def one_statement(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The only statement of a text.

    Raises
    ------
    Refused
        It holds none, or several.
    """
    if half := HALF.search(sql):
        raise Refused(f"{half[0]!a} is half of a character, and no text.")
    statements = con.extract_statements(sql)
    if not statements:
        raise Refused("There is no statement in this text.")
    if len(statements) > 1:
        hint = " PIVOT needs its values: … on x in ('a', 'b')." if "pivot" in sql.lower() else ""
        raise Refused(f"One statement at a time, please; this text holds {len(statements)}.{hint}")
    return statements[0]


def typed(
    relation: duckdb.DuckDBPyRelation, kept: Collection[str] = TYPED
) -> duckdb.DuckDBPyRelation:
    """The same rows, with the columns that hold another type than these as text."""
    columns = enumerate(relation.types, start=1)
    return relation.project(
        ", ".join(f"#{i}" if _holds(t, kept) else f"cast(#{i} as varchar)" for i, t in columns)
    )


def _holds(kind: duckdb.sqltypes.DuckDBPyType, kept: Collection[str]) -> bool:
    if kind.id not in kept:
        return False
    if kind.id not in ("list", "array", "struct", "map"):
        return True
    # a structure without names would have the same name for each of its parts
    return all(
        name and ((name == "size" and isinstance(inner, int)) or _holds(inner, kept))
        for name, inner in kind.children
    )


def table_of(relation: duckdb.DuckDBPyRelation, kept: Collection[str] = TYPED) -> pa.Table:
    """The rows as an Arrow table: each column has its own name and a type among these, or text."""
    return typed(relation, kept).to_arrow_table().rename_columns(distinct(relation.columns))


def distinct(names: Iterable[str]) -> list[str]:
    """Number the repeats of a column name: a, a_2, a_3."""
    result: dict[str, None] = {}
    for name in names:
        candidate, n = name, 1
        while candidate in result:
            n += 1
            candidate = f"{name}_{n}"
        result[candidate] = None
    return list(result)


class Rows:
    """The rows of a relation in batches, so that a long answer is never in memory whole.

    Attributes
    ----------
    schema : pyarrow.Schema
        Each column has its own name and a type among those that are kept, or text.
    """

    def __init__(self, relation: duckdb.DuckDBPyRelation, kept: Collection[str] = TYPED) -> None:
        self._reader = typed(relation, kept).to_arrow_reader(BATCH)
        names = zip(self._reader.schema, distinct(relation.columns), strict=True)
        self.schema = pa.schema([field.with_name(name) for field, name in names])

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while True:
            try:
                batch = self._reader.read_next_batch()
            except StopIteration:
                return
            except OSError as error:  # so Arrow hands on what DuckDB says half-way
                raise duckdb.Error(str(error)) from error
            yield batch.rename_columns(self.schema.names)


def write_parquet(relation: duckdb.DuckDBPyRelation, file: BinaryIO) -> None:
    """Write the rows as Parquet."""
    rows = Rows(relation)
    with pa.parquet.ParquetWriter(file, rows.schema) as writer:
        for batch in rows:
            writer.write_batch(batch)


def write_csv(relation: duckdb.DuckDBPyRelation, file: BinaryIO) -> None:
    """Write the rows as CSV: null is an empty cell without quotes."""
    rows = Rows(relation, NUMBERS)
    with pa.csv.CSVWriter(file, rows.schema) as writer:
        for batch in rows:
            writer.write_batch(batch)


def write_json(relation: duckdb.DuckDBPyRelation, file: BinaryIO) -> None:
    """Write the rows as a JSON array of objects; JSON lacks NaN (null) and infinities (text)."""
    names = distinct(relation.columns)
    cells = relation.project(", ".join(f"to_json(#{i + 1})::varchar" for i in range(len(names))))
    before = b"["
    for batch in Rows(cells):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            held = dict(zip(names, map(_parsed, row), strict=True))
            text = json.dumps(held, ensure_ascii=False, indent=1).replace("\n", "\n ")
            file.write(before + b"\n " + text.encode())
            before = b","
    file.write(b"[]\n" if before == b"[" else b"\n]\n")


def _parsed(cell: str | None) -> object:
    return None if cell is None else _DECODER.decode(cell)


_DECODER = json.JSONDecoder(
    parse_constant=lambda name: None if name == "NaN" else name,
    # the parts of a structure may have no names
    object_pairs_hook=lambda pairs: dict(
        zip(distinct(k for k, _ in pairs), (v for _, v in pairs), strict=True)
    ),
)

FILES = {"parquet": write_parquet, "csv": write_csv, "json": write_json}
