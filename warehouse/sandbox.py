"""Run one SQL statement of a visitor where it can do no harm.

The statement runs in a process of its own that DuckDB and the kernel both restrain: the warehouse
is open read-only, no other file or extension can be reached, memory and time are bounded, and once
the warehouse is open the process can open no file at all. What comes back is an Arrow table.
"""

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest import Explained, settings
from warehouse import portable
from warehouse.db import SAFE, open_whole
from warehouse.portable import Refused

MAX_SQL = 50_000
MAX_COLUMNS = 500
MAX_BYTES = 32_000_000
MAX_MESSAGE = 4_000
MEMORY = 512_000_000
"""Bytes that the kernel grants the process once the warehouse is open (0.14 GB are in use then)."""

ALLOWED = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
# DuckDB counts only a part of what it takes: its own limit is below the kernel's.
_CONFIG = SAFE | {
    "memory_limit": f"{MEMORY * 3 // 4}B",
    "temp_directory": "",
    "threads": "1",
}
_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    # Their allocators would reserve more address space than they use.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
}
_TOO_MUCH = f"Stopped: the query needs more than the {MEMORY / 1e6:.0f} MB of memory it may use."
_PLACES = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class SandboxResult:
    """What a statement gave: a table or an error, whether it was cut, the seconds it took."""

    table: pa.Table | None
    error: str | None
    is_cut: bool
    seconds: float


def run_sql(
    sql: str, *, path: Path | None = None, seconds: float = 10, max_rows: int = 10_000
) -> SandboxResult:
    """Run one read-only statement against the warehouse, in a process that is killed when late.

    Parameters
    ----------
    sql : str
        One SELECT-like statement; ``marts`` is on the search path.
    path : Path, optional
        The file; the published warehouse by default.
    seconds : float
        Wall-clock limit.
    max_rows : int
        Rows beyond this many are cut.

    Returns
    -------
    SandboxResult
        Never raises for what the statement does: errors come back as text.
    """
    path = path or settings.WAREHOUSE
    if not path.is_file():
        return SandboxResult(None, "There is no warehouse yet. Build it: make warehouse", False, 0)
    start = time.perf_counter()
    if not _PLACES.acquire(timeout=seconds):
        return SandboxResult(None, "Other queries are running; try again.", False, seconds)
    try:
        error, is_cut, table = _ask_child(sql, path, seconds, max_rows)
    finally:
        _PLACES.release()
    return SandboxResult(table, error, is_cut, time.perf_counter() - start)


def _ask_child(
    sql: str, path: Path, seconds: float, max_rows: int
) -> tuple[str | None, bool, pa.Table | None]:
    request = {"sql": sql, "path": str(path), "seconds": seconds, "max_rows": max_rows}
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.ROOT,
        env=_ENVIRONMENT,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(json.dumps(request).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"Stopped: the query ran longer than {seconds:g} s.", False, None
    finally:
        if process.poll() is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0 or not output:
        return "Stopped: the query broke the limits of its process.", False, None
    header, _, body = output.partition(b"\n")
    answer = json.loads(header)
    if answer["error"]:
        return answer["error"], False, None
    table = pa.ipc.open_stream(body).read_all()
    columns = [_for_python(column) for column in table.columns]
    return None, answer["is_cut"], pa.table(columns, names=table.column_names)


def _restrain(seconds: float) -> None:
    """Let the kernel bound processor time, files written and core dumps; readers go first."""
    os.nice(10)
    cpu = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _take_no_more_memory() -> None:
    """Let the kernel grant only so much beyond what the process has taken already."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of this kind
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _open_no_more_files() -> None:
    """Forbid new file descriptors: no file, pipe or socket can be opened from here on."""
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, lowest_free))


def _statement(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    if len(sql) > MAX_SQL:
        raise Refused(f"The text is longer than {MAX_SQL:,} characters.")
    statement = portable.one_statement(con, sql)
    if statement.type not in ALLOWED:
        kind = statement.type.name
        raise Refused(f"{kind} is not allowed here: SELECT, SHOW, DESCRIBE and EXPLAIN are.")
    if statement.type == duckdb.StatementType.SELECT:
        # views, macros and query() hide a function from whoever reads the text, not from the plan
        plan = con.execute(f"explain (format json) {statement.query}").fetchall()[0][1]
        if re.search(r'"name":\s*"DUCKDB_DATABASES', plan):
            raise Refused(
                "duckdb_databases() and what reads it are not allowed here: they tell where on the "
                "machine the file lies. There is one database, 'warehouse'."
            )
    return statement


def _collect(reader: pa.RecordBatchReader, max_rows: int) -> tuple[pa.Table, bool]:
    """Read batches until a limit is reached."""
    batches, n_rows, n_bytes, is_cut = [], 0, 0, False
    for batch in reader:
        share = min(1.0, (MAX_BYTES - n_bytes) / max(batch.nbytes, 1))
        keep = min(int(batch.num_rows * share), max_rows - n_rows)
        is_cut = keep < batch.num_rows
        batches.append(batch.slice(0, keep))
        n_rows += keep
        n_bytes += batch.nbytes
        if is_cut:
            break
    return pa.Table.from_batches(batches, reader.schema), is_cut


def _for_python(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column, or its text where it holds what Python cannot: the year 20000."""
    table = pa.table({"column": column})
    try:
        table.to_pandas(timestamp_as_object=True)
        return column
    except (pa.ArrowException, ValueError, OverflowError):
        with duckdb.connect() as con:
            return portable.table_of(con.from_arrow(table), ()).column(0)


def _answer(request: dict) -> tuple[dict, pa.Table | None]:
    try:
        con = open_whole(Path(request["path"]), _CONFIG)
        con.execute("set lock_configuration = true")
        _take_no_more_memory()
        _open_no_more_files()
        rows = con.sql(_statement(con, request["sql"]))
        if len(rows.columns) > MAX_COLUMNS:
            raise Refused(f"{len(rows.columns):,} columns are more than the {MAX_COLUMNS} shown.")
        reader = portable.typed(rows).to_arrow_reader(1_000)
        table, is_cut = _collect(reader, request["max_rows"])
        if is_cut and not table.num_rows and request["max_rows"]:
            raise Refused(f"One row is larger than the {MAX_BYTES / 1e6:.0f} MB shown.")
        table = table.rename_columns(portable.distinct(rows.columns))
    except (duckdb.OutOfMemoryException, MemoryError):
        return {"error": _TOO_MUCH, "is_cut": False}, None
    except (duckdb.Error, pa.ArrowException, OSError, Explained) as error:
        # A reader that fails half-way reports DuckDB's error as an OSError.
        text = str(error)
        cut = text[:MAX_MESSAGE] + " …" if len(text) > MAX_MESSAGE else text
        return {"error": _TOO_MUCH if "Out of Memory" in text else cut, "is_cut": False}, None
    return {"error": None, "is_cut": is_cut}, table


def _serve() -> None:
    """Answer the request on stdin, in the process that `run_sql` starts."""
    # DuckDB can be made to print (profiling): the answer has a channel of its own.
    channel = os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    request = json.load(sys.stdin)
    _restrain(request["seconds"])
    header, table = _answer(request)
    channel.write(json.dumps(header).encode() + b"\n")
    if table is not None:
        with pa.ipc.new_stream(channel, table.schema) as writer:
            writer.write_table(table)
    channel.flush()
    os._exit(0)  # no destructor of the visitor's query runs on


if __name__ == "__main__":
    _serve()
