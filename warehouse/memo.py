"""Slow kernels run once: their result is kept under the hash of everything it depends on.

A dbt Python model calls ``remembered(kernel, frame, …)`` in place of ``kernel(frame, …)``. The
folder can be deleted at any time; it changes how long a build takes and never what it makes. So
does a Ray cluster, where kernels run if the process is connected to one (``aw build --ray``).
"""

import ast
import functools
import hashlib
import inspect
import io
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from compute.cluster import SAME_THERE, ClusterError, begin
from ingest import settings

LIMIT_BYTES = 500_000_000
_ENTRY = re.compile(r"[0-9a-f]{64}\.([0-9a-f]{64})\.parquet(\.[0-9]+)?")
"""The name of an entry, or of a part of one; whatever else lies in the folder is somebody's."""
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "pyarrow")


def remembered(
    kernel: Callable[..., pd.DataFrame],
    *tables: pd.DataFrame | duckdb.DuckDBPyRelation,
    by: str | None = None,
    **parameters: object,
) -> pd.DataFrame:
    """Return ``kernel(*tables, **parameters)``, computed only where it was not computed before.

    Parameters
    ----------
    kernel : callable
        A function of a module of ours, whose result depends on its arguments alone.
    *tables : pandas.DataFrame or duckdb.DuckDBPyRelation
        It gets them as frames, sorted by all their columns: a table has no order, and DuckDB may
        return the same rows in another, while a seeded kernel draws rows by their place.
    by : str, optional
        A column whose values the kernel treats one after another, in order: each is remembered by
        itself, and on a cluster computed by itself. A table without it goes to each whole. Of a
        relation only the rows of one value at a time are in memory.
    **parameters : object
        What else it is given; anything that JSON can write.

    Returns
    -------
    pandas.DataFrame
        Always as read back from Parquet, so that both ways give the same table.

    Raises
    ------
    TypeError
        A parameter is none that JSON can write.
    ClusterError
        A worker of the cluster has other code or libraries, or died time after time.
    """
    parts, code = _parts(tables, by) if by else [map(_frame, tables)], _code_of(kernel)
    begun = [_begun(kernel, code, part, parameters) for part in parts]
    found = [pd.read_parquet(io.BytesIO(finish())) for finish in begun]
    return pd.concat(found, ignore_index=True) if by else found[0]


def _frame(table: pd.DataFrame | duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """Text is text, also where a part has none."""
    if isinstance(table, pd.DataFrame):
        return table
    kinds = zip(table.columns, table.types, strict=True)
    return table.df().astype({name: "str" for name, kind in kinds if kind == "VARCHAR"})


def _parts(
    tables: Sequence[pd.DataFrame | duckdb.DuckDBPyRelation], by: str
) -> Iterator[Iterable[pd.DataFrame]]:
    """The tables of each value of a column; where no row is, as they are, for the columns' sake."""
    values = sorted(set().union(*(_values(table, by) for table in tables if by in table.columns)))
    whole = [_frame(table) if not values or by not in table.columns else None for table in tables]
    if not values:
        yield whole
    for value in values:
        yield (
            _part(table, by, value) if frame is None else frame
            for table, frame in zip(tables, whole, strict=True)
        )


def _values(table: pd.DataFrame | duckdb.DuckDBPyRelation, by: str) -> set:
    if isinstance(table, pd.DataFrame):
        return set(table[by])
    return {value for (value,) in table.project(by).distinct().fetchall()}


def _part(table: pd.DataFrame | duckdb.DuckDBPyRelation, by: str, value: object) -> pd.DataFrame:
    if isinstance(table, pd.DataFrame):
        return table[table[by] == value]
    return _frame(table.filter(duckdb.ColumnExpression(by) == duckdb.ConstantExpression(value)))


def _begun(
    kernel: Callable[..., pd.DataFrame],
    code: dict[str, str],
    frames: Iterable[pd.DataFrame],
    parameters: dict[str, object],
) -> Callable[[], bytes]:
    """Begin to compute what is not kept; return what waits for it, as Parquet."""
    frames = tuple(map(_sorted, frames))
    key = _key(kernel, code, frames, parameters)
    content = _kept(key)
    if content is not None:
        return lambda: content
    return begin(_computed, kernel, code, frames, parameters, then=partial(_keep, key))


def _computed(
    kernel: Callable[..., pd.DataFrame],
    code: dict[str, str],
    frames: tuple[pd.DataFrame, ...],
    parameters: dict[str, object],
) -> bytes:
    """The result as Parquet, on whatever machine has the code and the libraries that it is of."""
    _refuse_another(code, kernel)
    buffer = io.BytesIO()
    kernel(*frames, **parameters).to_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def check_cluster() -> None:
    """Ask a worker of the cluster whether it would compute what this process does.

    Raises
    ------
    ClusterError
        It would not.
    """
    begin(_refuse_another, _code_of(remembered), remembered)()


def _refuse_another(code: dict[str, str], kernel: Callable) -> None:
    if differing := [name for name, own in _code_of(kernel).items() if own != code[name]]:
        raise ClusterError(
            f"the worker {socket.gethostname()} would compute another thing: its "
            f"{', '.join(differing)} is not the one here. {SAME_THERE}"
        )


def _has_no_order(kind: pa.DataType) -> bool:
    return pa.types.is_nested(kind) or pa.types.is_dictionary(kind) or pa.types.is_null(kind)


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    by = [(f.name, "ascending") for f in table.schema if not _has_no_order(f.type)]
    if not by:
        return frame
    return frame.take(pc.sort_indices(table, sort_keys=by).to_numpy()).reset_index(drop=True)


def code_hash(path: Path) -> str:
    """Hash of a Python file and of every file of ours that it imports, directly or not.

    Imports are read from the source, so one made while the code runs (``importlib``) is not seen.
    """
    found, todo = {}, [path.resolve()]
    while todo:
        file = todo.pop()
        if file not in found:
            found[file] = source = file.read_text("utf-8")
            package = file.parent.relative_to(settings.ROOT).parts
            for name in _imported(source, package):
                base = settings.ROOT.joinpath(*name.split("."))
                places = (base.with_suffix(".py"), base / "__init__.py")
                todo += [place for place in places if place.is_file()]
    texts = {str(file.relative_to(settings.ROOT)): source for file, source in found.items()}
    return hashlib.sha256(json.dumps(sorted(texts.items())).encode()).hexdigest()


@functools.cache
def _imported(source: str, package: tuple[str, ...]) -> set[str]:
    """Every module a source may import, with the packages around it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*start, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names]
    return {".".join(p[:n]) for p in parts for n in range(1, len(p) + 1)}


def _code_of(kernel: Callable) -> dict[str, str]:
    """What decides a result beside tables and parameters."""
    code = code_hash(Path(inspect.getsourcefile(kernel)))
    return {"code of this project": code, "Python": sys.version} | {
        name: version(name) for name in LIBRARIES
    }


def _key(
    kernel: Callable,
    code: dict[str, str],
    frames: tuple[pd.DataFrame, ...],
    parameters: dict[str, object],
) -> str:
    told = [kernel.__qualname__, code, [_content_hash(frame) for frame in frames], parameters]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _content_hash(frame: pd.DataFrame) -> str:
    """Hash of names, types, index and cells, in order."""
    table = pa.Table.from_pandas(frame).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _kept(key: str) -> bytes | None:
    """The Parquet under a key, if its bytes still have the checksum that its name states."""
    for path in settings.MEMO.glob(f"{key}.*.parquet"):
        if not (entry := _ENTRY.fullmatch(path.name)):
            continue
        try:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == entry[1]:
                os.utime(path)  # the one used last is the last to go
                return content
            path.unlink()
        except FileNotFoundError:
            continue  # another build has just let go of it
    return None


def _keep(key: str, content: bytes) -> bytes:
    """Write an entry in one step; return it."""
    settings.MEMO.mkdir(parents=True, exist_ok=True)
    name = f"{key}.{hashlib.sha256(content).hexdigest()}.parquet"
    part = settings.MEMO / f"{name}.{os.getpid()}"  # of a killed build: goes as entries do
    part.write_bytes(content)
    part.replace(settings.MEMO / name)
    return content


def trim(limit: int = LIMIT_BYTES) -> None:
    """Let go of the entries used longest ago, until the folder holds at most ``limit`` bytes."""
    found = (path for path in settings.MEMO.glob("*.parquet*") if _ENTRY.fullmatch(path.name))
    entries = [(path, path.stat()) for path in found]
    total = sum(state.st_size for _, state in entries)
    for path, state in sorted(entries, key=lambda entry: entry[1].st_mtime_ns):
        if total <= limit:
            break
        total -= state.st_size
        path.unlink(missing_ok=True)
