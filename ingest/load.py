"""Load raw.* exactly as published, all or nothing, and write the ledgers.

``raw._sources`` has one row per registered source, present or not; ``raw._loads`` one row per file
loaded. A source with an absent file is skipped whole: its tables are made empty, so that staging
builds. A file that is there but is not the registered one refuses the build.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import duckdb
import pyarrow as pa

from ingest import Explained, shortened
from ingest.locate import ABSENT, DIFFERS, HERE, PRESENT, Located, status_of
from ingest.readers import READ, ContractError, csv_rows, text_of
from ingest.registry import RawTable, Source

LEDGERS = {
    "_sources": "source_id varchar, title varchar, description varchar, url varchar, "
    "commit_id varchar, retrieved_on varchar, licence varchar, is_redistributable boolean, "
    "is_private boolean, citation varchar, is_present boolean, n_files bigint, "
    "n_files_present bigint",
    "_loads": "load_id varchar, source_id varchar, table_name varchar, file varchar, url varchar, "
    "sha256 varchar, bytes bigint, n_rows bigint, contract_hash varchar",
}


class IngestError(Explained):
    """A file was refused. The message names source, file, line, contract and the way out."""


@dataclass(frozen=True)
class LoadReport:
    """What happened to one source: its status and the rows that were loaded."""

    source_id: str
    status: str
    n_files: int
    n_files_present: int
    n_rows: int


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Text as SQL: to bind a parameter, DuckDB would import pandas."""
    return "'" + text.replace("'", "''") + "'"


def _refusal(table: RawTable, located: Located, problem: str, line: int | None, fix: str) -> str:
    where = f"{located.path}" + (f", line {line}" if line else "")
    return (
        f"source {table.source_id}, table {table.name}: {shortened(problem, 500)}\n"
        f"  file      {where}\n"
        f"  contract  {fix}\n"
        f"  nothing was published; the warehouse is as it was"
    )


def _line_of(located: Located, row: int) -> int:
    """The line a data row of a CSV file ends on (cells may hold line breaks)."""
    rows = csv_rows(text_of(located.path.read_bytes(), located.file.path))
    return next(islice(rows, row, None))[0]


PRINTED = {
    "double": r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*",
    "bigint": r"\s*[+-]?[0-9]+(\.0*)?\s*",
}
"""How a number is printed. A cast alone would take inf, 0x10 and 1_000 for numbers."""


def _is_of_type(column: str, data_type: str) -> str:
    """Condition that a text is a value of its declared type, by its form and within its range."""
    condition = f"try_cast({column} as {data_type}) is not null"
    if data_type in PRINTED:
        condition += f" and regexp_full_match({column}, {literal(PRINTED[data_type])})"
        condition += f" and isfinite(try_cast({column} as double))"
    return condition


def _check_types(
    con: duckdb.DuckDBPyConnection, read: pa.Table, table: RawTable, located: Mapping[str, Located]
) -> None:
    """Refuse a cell whose text cannot be the declared type. The raw table keeps the text.

    ``read`` holds the rows of one or more files in order, each with its ``_file`` and ``_row``.
    """
    typed = [c for c in table.columns if c.data_type != "varchar"]
    if not typed or table.reader == "parquet":
        return
    missing = ", ".join(literal(m) for m in table.missing)
    bad = [
        f"{_quoted(c.name)} is not null"
        + (f" and {_quoted(c.name)} not in ({missing})" if missing else "")
        + f" and not coalesce({_is_of_type(_quoted(c.name), c.data_type)}, false)"
        for c in typed
    ]
    con.register("_read", read)
    try:
        counts = con.execute(
            f"select {', '.join(f'count(*) filter (where {b})' for b in bad)} from _read"
        ).fetchall()[0]
        for column, condition, n_bad in zip(typed, bad, counts, strict=True):
            if n_bad:
                file, row, value = con.execute(
                    f"select _file, _row, v from (select row_number() over () as i, _file, _row, "
                    f"{_quoted(column.name)} as v, {condition} as is_bad from _read) "
                    "where is_bad order by i limit 1"
                ).fetchall()[0]
                raise IngestError(
                    _refusal(
                        table,
                        located[file],
                        f"column {column.name!r}, data row {row}: {value!r} is not a "
                        f"{column.data_type} ({n_bad} such cells)",
                        _line_of(located[file], row) if table.reader == "csv" else None,
                        f"{table.yaml_line(column.name)} (change data_type, or name the marker in "
                        "`missing`, if the publisher changed the format on purpose)",
                    )
                )
    finally:
        con.unregister("_read")


def _read(table: RawTable, located: Located) -> pa.Table:
    """One file as its contract wants it, each row with the file and the row it stands in."""
    content = located.path.read_bytes()
    file = located.file
    if hashlib.sha256(content).hexdigest() != located.found_sha256:
        problem = "the file changed while it was read"
        raise IngestError(_refusal(table, located, problem, None, "start again when it is whole"))
    try:
        read = READ[table.reader](content, table, file.path)
    except ContractError as error:
        raise IngestError(
            _refusal(table, located, str(error), error.line, table.yaml_line(error.column))
        ) from error
    n_rows = read.num_rows
    return (
        read.append_column("_load_id", pa.repeat(file.load_id, n_rows))
        .append_column("_file", pa.repeat(file.path, n_rows))
        .append_column("_row", pa.array(range(1, n_rows + 1), pa.int64()))
    )


def diagnose(source: Source, located: Located) -> str:
    """Say why a file is not the registered one, and, where it shows, what changed in it."""
    table = next(t for t in source.tables if t.holds(located.file.path))
    is_added = located.file.url == HERE
    was = "added" if is_added else "published"
    mend = (
        f"`aw remove {located.path.parent.name}`, and `aw add` the original again"
        if is_added
        else f"delete the file and run `aw fetch {source.source_id}`; if the publisher released a "
        "new version, register it as a new source file with its own sha256"
    )
    problem = (
        f"the file is not the {was} one: sha256 {located.found_sha256[:12]}…, "
        f"expected {located.file.sha256[:12]}…"
    )
    size = located.path.stat().st_size
    if size != located.file.bytes:
        problem += f"; {size:,} bytes, expected {located.file.bytes:,}"
    line = None
    try:
        with duckdb.connect() as con:
            _check_types(con, _read(table, located), table, {located.file.path: located})
    except IngestError as error:
        problem += "; " + str(error).splitlines()[0].split(": ", 1)[1]
        if isinstance(error.__cause__, ContractError):
            line = error.__cause__.line
    return _refusal(
        table,
        located,
        problem,
        line,
        f"{table.yaml_line()}\n  fix       {mend}",
    )


def load(
    con: duckdb.DuckDBPyConnection,
    registry: Mapping[str, Source],
    located: Mapping[str, list[Located]],
    kept: Collection[str] = (),
) -> list[LoadReport]:
    """Create every raw table and fill those whose source is present.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        A writable connection.
    registry : mapping of str to Source
        What may be loaded.
    located : mapping of str to list of Located
        For each source, where its files are.
    kept : collection of str
        Raw tables that stand there already as they would be loaded. All others are dropped, and the
        ledgers written anew.

    Returns
    -------
    list of LoadReport
        One per source, in registry order.

    Raises
    ------
    IngestError
        A file that is there is not the registered one, does not fit its contract, or has text
        where the contract says number. Nothing of the database is to be used then.
    """
    _clear(con, kept)
    for name, columns in LEDGERS.items():
        con.execute(f"create table raw.{name} ({columns})")
    reports = []
    for source in registry.values():
        found = located[source.source_id]
        for item in found:
            if item.status == DIFFERS:
                raise IngestError(diagnose(source, item))
        status = status_of(found)
        n_present = sum(item.status == PRESENT for item in found)
        n_rows = 0
        for table in source.tables:
            if table.identifier in kept:
                n_rows += _load_again(con, table)
                continue
            is_text = table.reader != "parquet"
            columns = {c.name: "varchar" if is_text else c.data_type for c in table.columns}
            columns |= {"_load_id": "varchar", "_file": "varchar", "_row": "bigint"}
            body = ", ".join(f"{_quoted(c)} {t}" for c, t in columns.items())
            con.execute(f"create table raw.{_quoted(table.identifier)} ({body})")
            files = [item for item in found if table.holds(item.file.path)]
            if status == PRESENT and files:
                n_rows += _load_table(con, table, files)
        same = ("source_id", "title", "description", "url", "retrieved_on", "licence", "citation")
        row = {name: getattr(source, name) for name in same} | {
            "commit_id": source.commit,
            "is_redistributable": source.redistributable,
            "is_private": source.private,
            "is_present": status == PRESENT,
            "n_files": len(found),
            "n_files_present": n_present,
        }
        _insert(con, "_sources", [row])
        said = status if status == PRESENT or n_present == 0 else f"{ABSENT} in part"
        reports.append(LoadReport(source.source_id, said, len(found), n_present, n_rows))
    return reports


def _clear(con: duckdb.DuckDBPyConnection, kept: Collection[str]) -> None:
    """Drop what is not kept from raw, and set the lines of the ledger on the rest aside."""
    con.execute("create schema if not exists raw")
    tables = con.execute("select table_name from duckdb_tables() where schema_name = 'raw'")
    for (table,) in tables.fetchall():
        if table == "_loads":
            con.execute("create temp table _loads_before as from raw._loads")
        if table not in kept or table in LEDGERS:
            con.execute(f"drop table raw.{_quoted(table)}")


def _load_again(con: duckdb.DuckDBPyConnection, table: RawTable) -> int:
    """Put a kept table into the ledger as it stood there before."""
    before = f"_loads_before where table_name = {literal(table.identifier)}"
    con.execute(f"insert into raw._loads from {before}")
    return con.execute(f"select coalesce(sum(n_rows), 0)::bigint from {before}").fetchall()[0][0]


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    con.register("_rows", pa.Table.from_pylist(rows))
    con.execute(f"insert into raw.{_quoted(table)} by name select * from _rows")
    con.unregister("_rows")


BYTES_AT_A_TIME = 32 << 20
"""Of files that are read, checked and inserted as one: few enough for little memory."""


def _in_batches(files: list[Located]) -> Iterator[list[Located]]:
    """Files in their order, so many at a time as are small together; a large one is by itself."""
    batch, n_bytes = [], 0
    for item in files:
        size = item.path.stat().st_size
        if batch and n_bytes + size > BYTES_AT_A_TIME:
            yield batch
            batch, n_bytes = [], 0
        batch.append(item)
        n_bytes += size
    yield batch


def _load_table(con: duckdb.DuckDBPyConnection, table: RawTable, files: list[Located]) -> int:
    """Read the files of a raw table, check and insert many as one: a file costs no query."""
    rows = []
    for batch in _in_batches(files):
        parts = [_read(table, item) for item in batch]
        read = pa.concat_tables(parts)
        _check_types(con, read, table, {item.file.path: item for item in batch})
        con.register("_read", read)
        con.execute(f"insert into raw.{_quoted(table.identifier)} select * from _read")
        con.unregister("_read")
        rows += [
            {name: getattr(item.file, name) for name in ("load_id", "url", "sha256", "bytes")}
            | {
                "source_id": table.source_id,
                "table_name": table.identifier,
                "file": item.file.path,
                "n_rows": part.num_rows,
                "contract_hash": table.contract_hash,
            }
            for item, part in zip(batch, parts, strict=True)
        ]
    _insert(con, "_loads", rows)
    return sum(row["n_rows"] for row in rows)
