"""A release: the warehouse cut to what licences permit, and described so that it can be cited.

The folder is written beside its place and renamed into it, so there is a whole release or none.
Rows stand in the order of their columns, so a second run writes the same Parquet.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import Progress

from ingest import settings
from ingest.files import delete, files_below
from ingest.load import literal
from ingest.locate import SUMS, note_sums, sha256_of, sums_of
from warehouse import db
from warehouse.fields import partition_key
from warehouse.portable import table_of
from warehouse.release import describe, rules

NAME = f"alignment-warehouse-{version('alignment-warehouse')}"
_SOURCES = """\
select sources.*, source_id in (from open_sources) as is_open
from whole.marts.dim_sources as sources
where source_id not in (from private_source)
order by source_id"""
_FILES = """\
select source_id, source_file, url, sha256, any_value(n_bytes) as n_bytes
from marts.dim_files group by all order by all"""
_RESTS_ON = """\
with recursive above(name, parent_id, layer) as (
    select child, parent_id, parent_layer from whole.quality.edges where child_layer = 'marts'
    union
    select above.name, edges.parent_id, edges.parent_layer
    from above inner join whole.quality.edges as edges on above.parent_id = edges.child_id
)

select name, list(distinct source_id order by source_id)
from above
inner join whole.marts.dim_sources on split_part(parent_id, '.', 3) = source_id
where layer = 'raw' and n_rows > 0 and source_id not in (from private_source)
group by all"""

_QUALITY = (
    "create table quality.nodes as "
    "select * exclude (key, content) from whole.quality.nodes order by node_id",
    "create table quality.edges as from whole.quality.edges "
    "where not (parent_layer = 'raw' and split_part(parent_id, '.', 3) in (from private_source)) "
    "order by all",
)
"""What ``aw tables`` says of each table; hashes are of the whole tables, so they stay."""


@dataclass
class Mart:
    """One mart of a release: its columns (name, type, description), its rows and their rule."""

    name: str
    description: str
    columns: list[tuple[str, str, str]]
    rule: str
    n_rows: int
    n_left_out: int
    n_private: int
    rests_on: list[str]
    partitioned_by: str | None = None
    files: dict[str, tuple[str, int]] = field(default_factory=dict, repr=False)
    """Its Parquet files, by their path in the release: sha256 and size of each."""

    @property
    def path(self) -> str:
        """Its Parquet file in the release, or the pattern of the files of its parts."""
        return f"parquet/{self.name}{'/*/*' if self.partitioned_by else ''}.parquet"


@dataclass(frozen=True)
class Release:
    """What was written, and what was left out of it."""

    folder: Path
    marts: list[Mart]
    sources: list[dict]

    @property
    def n_private(self) -> int:
        """Private rows that were left out, beside the entries that own data have in catalogues."""
        return sum(mart.n_private for mart in self.marts if mart.name not in rules.CATALOGUE)

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def release(
    console: Console,
    page: Callable[[], Path],
    output: Path | None = None,
    *,
    partitioned: bool = False,
) -> Release:
    """Write a release of the published warehouse.

    Parameters
    ----------
    console : Console
        For progress.
    page : callable
        Makes dbt's documentation, as one page; called once there is a place to write to.
    output : Path, optional
        Folder to write it into; ``settings.EXPORTS`` by default. A release of the same version
        there is replaced, if it is as it was written, and nothing else ever is.
    partitioned : bool
        Write marts whose YAML names a ``partitioned_by`` as a folder ``column=value`` for each
        value, and not as one file.

    Raises
    ------
    rules.ReleaseError, db.WarehouseMissing, db.WarehouseUnreadable
        Nothing was written.
    """
    with db.connect():
        pass  # whole and a warehouse, or it says what to do
    with _beside((output or settings.EXPORTS) / NAME) as folder:
        marts, sources, files = _cut(folder, console, partitioned)
        described = describe.Described(NAME, marts, sources, files)
        for name, text in described.texts().items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in (settings.ROOT / "CITATION.cff", settings.ROOT / "LICENSE"):
            shutil.copyfile(path, folder / path.name)
        shutil.copyfile(settings.REFERENCES, folder / "references.bib")
        here = str(settings.ROOT).encode()
        (folder / "docs.html").write_bytes(page().read_bytes().replace(here, b"."))
        note_sums(folder)
    return Release((output or settings.EXPORTS) / NAME, marts, sources)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder to write to that takes the place of the target when it is whole."""
    part, old = (target.with_name(f".{target.name}.{end}") for end in ("part", "old"))
    if old.exists() and not os.path.lexists(target):
        old.rename(target)  # killed between the two renames below
    _check_replaceable(target)
    delete(part)
    delete(old)
    part.mkdir(parents=True)
    try:
        yield part
        if target.exists():
            target.rename(old)
        part.rename(target)
    finally:
        delete(part)
        if target.exists():
            delete(old)


def _check_replaceable(target: Path) -> None:
    """Refuse to replace anything but a release, as it was written, that nothing else needs.

    Raises
    ------
    rules.ReleaseError
        The message names what would be lost.
    """
    needed = (settings.ROOT, settings.DATA, settings.BUILD, settings.WAREHOUSE)
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        why = "it is a link or a file"
    elif held := [path for path in needed if path.is_relative_to(target.resolve())]:
        why = f"{held[0]} lies in it"
    elif others := _not_released(target):
        why = f"{others[0]} is not as a release wrote it"
    else:
        return
    raise rules.ReleaseError(
        f"{target} is not replaced by the release: {why}. Move it away, or name another folder: "
        "aw release --output FOLDER"
    )


def _not_released(folder: Path) -> list[Path]:
    """The files of a folder that have no checksum in it, or another."""
    sums = sums_of(folder)
    if describe.PACKAGE not in sums:
        sums = {}  # of something else
    return sorted(
        path
        for path in files_below(folder) - {folder / SUMS}
        if path.is_symlink() or sums.get(path.relative_to(folder).as_posix()) != sha256_of(path)
    )


def _cut(
    folder: Path, console: Console, partitioned: bool
) -> tuple[list[Mart], list[dict], list[dict]]:
    """Write the database and the Parquet files of each mart."""
    with db.write(folder / "warehouse.duckdb") as con:
        con.execute(f"attach {literal(str(settings.WAREHOUSE))} as whole (read_only)")
        con.execute("create schema marts")
        con.execute("create schema quality")
        rules.prepare(con)
        tables = con.execute(
            "select table_name, coalesce(comment, '') from duckdb_tables() "
            "where database_name = 'whole' and schema_name = 'marts' order by all"
        ).fetchall()
        rests_on = dict(con.execute(_RESTS_ON).fetchall())
        marts = []
        with Progress(console=console, transient=True) as progress:
            for name, description in progress.track(tables, description="marts"):
                mart = _mart(con, name, description, rests_on.get(name, []))
                if partitioned and mart.n_rows:
                    mart.partitioned_by = partition_key(name)
                _write_parquet(con, mart, folder)
                marts.append(mart)
        con.execute(
            "create table quality.released "
            "(mart varchar, rule varchar, n_rows bigint, n_left_out bigint, n_private bigint)"
        )
        rows = [[m.name, m.rule, m.n_rows, m.n_left_out, m.n_private] for m in marts]
        con.executemany("insert into quality.released values (?, ?, ?, ?, ?)", rows)
        for sql in _QUALITY:
            con.execute(sql)
        sources = con.execute(_SOURCES).to_arrow_table().to_pylist()
        files = con.execute(_FILES).to_arrow_table().to_pylist()
        con.execute("detach whole")
    return marts, sources, files


def _mart(con: duckdb.DuckDBPyConnection, name: str, description: str, rests_on: list[str]) -> Mart:
    """Make one mart of those of its rows that may go out, with the comments on it."""
    columns = con.execute(
        "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where database_name = 'whole' and schema_name = 'marts' and table_name = ? "
        "order by column_index",
        [name],
    ).fetchall()
    types = {column: kind for column, kind, _ in columns}
    rule, is_open = rules.open_rows(name, types)
    is_private = rules.private_rows(types)
    con.execute(
        f"create table marts.{name} as from whole.marts.{name} "
        f"where {is_open} and not ({is_private}) order by all"
    )
    con.execute(f"comment on table marts.{name} is {literal(description)}")
    for column, _, text in columns:
        con.execute(f'comment on column marts.{name}."{column}" is {literal(text)}')
    (n_all, n_private), (n_rows,) = (
        con.execute(sql).fetchall()[0]
        for sql in (
            f"select count(*), count(*) filter ({is_private}) from whole.marts.{name}",
            f"select count(*) from marts.{name}",
        )
    )
    return Mart(name, description, columns, rule, n_rows, n_all - n_rows, n_private, rests_on)


def _write_parquet(con: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> None:
    """Write a mart with its description, and that of each column: one file, or one of each part.

    A part holds the column that its folder is named after too, so that it is whole by itself.
    """
    table = table_of(con.sql(f"from marts.{mart.name}"))
    fields = [
        part.with_metadata({"description": text})
        for part, (_, _, text) in zip(table.schema, mart.columns, strict=True)
    ]
    schema = pa.schema(fields, metadata={"description": mart.description, "rows": mart.rule})
    table, key = table.cast(schema), mart.partitioned_by
    parts = {mart.path: table}
    if key:
        values = sorted(pc.unique(table[key]).drop_null().to_pylist())
        parts = {
            f"parquet/{mart.name}/{key}={quote(value, safe='')}/part.parquet": table.filter(
                pc.field(key) == value
            )
            for value in values
        }
        if len(table) > sum(map(len, parts.values())):
            raise rules.ReleaseError(f"{mart.name}: {key}, which parts it, is null in some rows")
    for name, part in parts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(part, path, compression="zstd")
        mart.files[name] = sha256_of(path), path.stat().st_size
