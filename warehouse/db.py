"""Opening and replacing the file. The only module that knows locks, modes and the swap.

The published file is never written to: a build makes a new one beside it and renames it into place.
Readers open short read-only connections, so each sees one whole warehouse, the old or the new.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ingest import Explained, reason, settings

if TYPE_CHECKING:
    import pandas as pd

SEARCHED = ("marts", "seeds")
"""Schemas whose tables are named without their schema."""
SCHEMAS = {"raw", "staging", "intermediate", "quality", "audit", *SEARCHED}
"""All schemas of a warehouse that is being built."""

# One configuration for every reader of this process: DuckDB refuses a second one on the same file.
SAFE = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
}
_QUIET = "set enable_progress_bar = false"
"""After two seconds DuckDB draws its progress into the standard output, a file too."""
DAMAGED = (
    *(duckdb.IOException, duckdb.SerializationException),
    *(duckdb.InternalException, duckdb.FatalException),
)
"""What DuckDB may raise at a file that is no database, or a broken one."""
_SETTING = threading.Lock()
"""Threads share one DuckDB instance: it is configured by the first of them, and then locked."""


class WarehouseMissing(Explained):
    """There is no published warehouse to read."""


class WarehouseUnreadable(Explained):
    """The file that is there is not one whole warehouse; the message says why and what to do."""


class BuildRunning(Explained):
    """Another build holds the lock."""


@contextlib.contextmanager
def connect(
    path: Path | None = None, *, files: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only for a moment.

    Parameters
    ----------
    path : Path, optional
        The file; the published one by default.
    files : bool
        Let SQL read and write other files (``aw query --files``). Off, nothing but the warehouse
        can be reached, and the configuration is locked.

    Yields
    ------
    duckdb.DuckDBPyConnection
        With ``marts`` on its search path; another database than the warehouse needs none.

    Raises
    ------
    WarehouseMissing, WarehouseUnreadable
        The file is not there, or not readable as a whole.
    """
    path = path or settings.WAREHOUSE
    with open_whole(path, {} if files else SAFE) as con:
        if path == settings.WAREHOUSE:
            refuse_another(con, path)
        with _SETTING:
            if con.execute("select not current_setting('lock_configuration')").fetchall()[0][0]:
                con.execute(_QUIET)
                if not files:
                    con.execute("set lock_configuration = true")
        yield con


def open_whole(path: Path, config: Mapping[str, str]) -> duckdb.DuckDBPyConnection:
    """Open a database file read-only, if it holds all that was written to it and nothing more.

    Of :data:`SEARCHED`, the schemas that it has are on its search path.

    DuckDB would replay a log that a killed writer left beside the file, into whatever file stands
    there now, and would notice that the file is cut off where a question needs the lost part.

    Raises
    ------
    WarehouseMissing, WarehouseUnreadable
        As :func:`connect`.
    """
    if path.is_dir():
        raise WarehouseUnreadable(f"{path} is a folder. Move it, or name a file in AW_WAREHOUSE")
    if not path.is_file():
        raise WarehouseMissing(f"there is no warehouse at {path}. Build it: make warehouse")
    _check_is_database(path)
    mend = "Build the warehouse again: aw build"
    for log in logs(path):
        raise WarehouseUnreadable(
            f"{path} is not read: a program that writes to it runs or was killed, and left "
            f"{log.name} beside it. End the program. {mend}"
        )
    try:
        con = duckdb.connect(path, read_only=True, config=dict(config))
    except (*DAMAGED, OSError) as error:
        _refuse_locked(path, error)
        why = str(error).splitlines()[0]
        raise WarehouseUnreadable(f"{path} cannot be read: {why}. {mend}") from error
    if path.stat().st_size < con.execute(_N_BYTES).fetchall()[0][0] and _is_cut_off(path):
        con.close()
        raise WarehouseUnreadable(f"{path} cannot be read: the end of the file is missing. {mend}")
    schemas = _schemas(con)
    if "marts" in schemas:
        try:
            _check_name(path, schemas & SCHEMAS)
        except WarehouseUnreadable:
            con.close()
            raise
    if searched := ",".join(name for name in SEARCHED if name in schemas):
        con.execute(f"set search_path = '{searched}'")
    return con


def _check_is_database(path: Path) -> None:
    """Refuse a file of another program, some of which DuckDB opens."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise WarehouseUnreadable(f"{path} cannot be read: {reason(error)}") from error
    if head[8:] != b"DUCK":
        raise WarehouseUnreadable(
            f"{path} is not a valid DuckDB database. Move it, and build the warehouse: aw build"
        )


def _refuse_locked(path: Path, error: Exception) -> None:
    if "Could not set lock" in str(error):
        raise WarehouseUnreadable(
            f"{path} cannot be read: another program has it open for writing. Close it there, and "
            "try again"
        ) from error


def _check_name(path: Path, schemas: Iterable[str]) -> None:
    """Refuse a warehouse with the name of one of its schemas: DuckDB would know neither."""
    name = path.name.split(".")[0].lower()
    if name in schemas:
        raise WarehouseUnreadable(
            f"{path}: DuckDB calls a warehouse by the name of its file, and {name} is a schema in "
            "it. Give the file another name, as warehouse.duckdb"
        )


def _schemas(con: duckdb.DuckDBPyConnection) -> set[str]:
    of_file = "from duckdb_schemas() where database_name = current_database()"
    return {name for (name,) in con.execute(f"select schema_name {of_file}").fetchall()}


def refuse_another(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a database that is no warehouse: it would be asked in vain, and lost in a build.

    Raises
    ------
    WarehouseUnreadable
        The message names the file.
    """
    if "marts" not in _schemas(con):
        raise WarehouseUnreadable(
            f"{path} is another database, without the schema marts. Move it, or name another file "
            "in AW_WAREHOUSE"
        )


COLUMNS = """\
select column_name as "column", lower(data_type) as "type", comment as description
from duckdb_columns() where schema_name = 'marts' and table_name = $table order by column_index"""
"""What stands in a mart, column by column."""

_N_BYTES = "select 12288 + block_size * used_blocks from pragma_database_size()"
"""Size of an open file: three headers of 4,096 bytes, then the blocks."""


def _is_cut_off(path: Path) -> bool:
    """Look again in another process.

    In this one DuckDB goes on in a file that is open, also when another has taken its place; and a
    file may be replaced between the two looks.
    """
    look = "import duckdb, sys\ncon = duckdb.connect(sys.argv[1], read_only=True)\n"
    look += f"print(con.execute({_N_BYTES!r}).fetchall()[0][0])"
    before = path.stat()
    found = subprocess.run(
        [sys.executable, "-c", look, path], capture_output=True, encoding="utf-8"
    )
    is_same = path.stat().st_ino == before.st_ino
    return is_same and (found.returncode != 0 or before.st_size < int(found.stdout))


def logs(path: Path) -> list[Path]:
    """What DuckDB writes beside a file and has not yet taken into it."""
    return sorted(path.parent.glob(f"{glob.escape(path.name)}.wal*"))


class Reader:
    """One connection for many short questions, renewed as soon as the file is replaced.

    To open a warehouse takes longer (60 ms) than most questions (1 to 20 ms). DuckDB shares its
    instance inside a process, where a second connection would find the configuration locked: so
    this one serves a thread at a time, and is closed for whoever opens the file otherwise.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = contextlib.ExitStack()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._file: tuple[Path, int, int] | None = None

    def ask(self, path: Path, sql: str, values: dict[str, object]) -> pd.DataFrame:
        """Answer of the file that stands at the path now."""
        with self._lock:
            state = path.stat()
            file = (path, state.st_ino, state.st_mtime_ns)
            if self._file != file:
                self._close()
                self._connection = self._open.enter_context(connect(path))
                self._file = file
            try:
                return self._connection.execute(sql, values).df()
            except (duckdb.FatalException, duckdb.InternalException):
                self._close()  # DuckDB answers nothing more on it
                raise

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Keep the file closed for a while; questions wait."""
        with self._lock:
            self._close()
            yield

    def _close(self) -> None:
        self._file = self._connection = None
        self._open.close()


READER = Reader()
"""That of the explorer: one for the whole process, whoever visits."""


@contextlib.contextmanager
def write(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file that is being built. Never the published one."""
    if path == settings.WAREHOUSE:
        raise ValueError("the published warehouse is replaced, not written to")
    with duckdb.connect(path) as con:
        con.execute(_QUIET)
        yield con
        con.execute("checkpoint")


@contextlib.contextmanager
def build_lock(folder: Path | None = None) -> Iterator[None]:
    """Hold the right to build; the lock goes with the process, however it ends."""
    folder = folder or settings.BUILD
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildRunning(f"another build is running in {folder}; wait for it") from error
        yield


def check_apart(target: Path, folder: Path) -> None:
    """Refuse a published file among those that a build deletes and makes anew.

    Raises
    ------
    WarehouseUnreadable
        It lies there, under whatever name.
    """
    if Path(os.path.realpath(target)).parent == Path(os.path.realpath(folder)):
        raise WarehouseUnreadable(
            f"{target} lies in {folder}, the folder of work in progress, whose files a build "
            "deletes. Name another folder in AW_BUILD, or another file in AW_WAREHOUSE"
        )


def check_place(target: Path, folder: Path) -> None:
    """Refuse at the start what :func:`publish` could not do at the end, or should not.

    Raises
    ------
    WarehouseUnreadable
        Another file stands there, a program has it open for writing, it has the name of a schema,
        or the folder of the build is on another file system or is that of the target.
    OSError
        The folder of the target cannot be made or written to.
    """
    check_apart(target, folder)
    _check_name(target, SCHEMAS)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(errno.EACCES, "cannot be written to", str(target.parent))
    if target.parent.stat().st_dev != folder.stat().st_dev:
        raise WarehouseUnreadable(
            f"{folder} is on another file system than {target}: a build is renamed into its place. "
            "Name a folder beside it in AW_BUILD"
        )
    if target.is_dir():
        raise WarehouseUnreadable(f"{target} is a folder. Move it, or name a file in AW_WAREHOUSE")
    if not target.is_file() or not target.stat().st_size:
        return
    _check_is_database(target)
    try:
        # not by open_whole: what is in a log beside it, of a killed program, is not lost either
        con = duckdb.connect(target, read_only=True)
    except DAMAGED as error:
        _refuse_locked(target, error)
        return  # nothing that can be read is lost
    with con:
        refuse_another(con, target)


def remove(path: Path) -> None:
    """Delete a database file and the log beside it, if they are there."""
    path.unlink(missing_ok=True)
    remove_logs(path)


def remove_logs(path: Path) -> None:
    """Delete what a killed writer left beside a file: the next file there is none of its."""
    for log in logs(path):
        log.unlink(missing_ok=True)


def publish(built: Path, target: Path | None = None) -> None:
    """Rename a finished file over the published one, in one step that readers do not notice.

    A log beside the published file goes before: DuckDB would replay it into the new one.

    Raises
    ------
    WarehouseUnreadable
        The build still has a write-ahead log, so it was not closed cleanly.
    """
    target = target or settings.WAREHOUSE
    if logs(built):
        raise WarehouseUnreadable(f"{built} was not closed cleanly; nothing was published")
    descriptor = os.open(built, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    remove_logs(target)
    built.replace(target)


def content_hashes(path: Path) -> dict[str, tuple[int, str]]:
    """Row count and order-free content hash of every table.

    Returns
    -------
    dict of str to (int, str)
        Keyed by ``schema.table``. Two files built from the same inputs have equal hashes although
        their bytes differ. The test results are left out: they hold how long each test took.
    """
    with open_whole(path, {}) as con:
        tables = con.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and (table_schema, table_name) "
            "<> ('quality', 'test_results') order by all"
        ).fetchall()
        hashes = {}
        for schema, table in tables:
            n_rows, digest = con.execute(
                "select count(*), sum(md5_number_lower(cast(t as varchar))) "
                f'from "{schema}"."{table}" as t'
            ).fetchall()[0]
            hashes[f"{schema}.{table}"] = (n_rows, f"{int(digest or 0):x}")
        return hashes


def contents(con: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]]) -> list[str]:
    """Hash of the columns and rows of tables, whatever the order of rows.

    A hundred times as fast as :func:`content_hashes`, which prints every row; 0.0 and −0.0 are one
    number here, as they are in SQL.

    Parameters
    ----------
    con : DuckDBPyConnection
        The file they stand in.
    tables : iterable of (str, str)
        Schema and name of each.
    """
    hashes = []
    for schema, table in tables:
        columns, n_rows, total = con.execute(
            "select (select hash(list((column_name, data_type) order by column_index)) "
            "from duckdb_columns() where schema_name = $schema and table_name = $table), "
            f'count(*), sum(hash("a row")::hugeint) from "{schema}"."{table}" as "a row"',
            {"schema": schema, "table": table},
        ).fetchall()[0]
        hashes.append(f"{columns:x} {n_rows} {int(total or 0):x}")
    return hashes
