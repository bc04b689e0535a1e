"""Files to warehouse.duckdb: ingest, dbt build, checks, rename. Nothing is published half-made.

The warehouse is a pure function of files, and a build makes anew only what a change reaches. It
begins with a copy of the published file, which holds the keys of its tables and tests, and lets dbt
make, wave by wave, each table whose key is another now (:mod:`warehouse.keys`), and run the tests
whose key is another; the results of the others are carried over. Kernels, the slow part, are
remembered besides (:mod:`warehouse.memo`): one whose inputs came out as before is not run again.

A build begins with nothing where the file at hand is not, by its checksum, the one that the last
good build published, where the code of the build or a version of DuckDB or dbt has changed, and
with ``aw build --cold``, which forgets the kernels too.
"""

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console

from ingest import settings
from ingest.documents import DocumentError, read_json
from ingest.load import LoadReport, load
from ingest.locate import NONE, PRESENT, Located, locate_source, sha256_of
from ingest.registry import Source, load_registry
from warehouse import db, keys, memo, quality, vocabulary
from warehouse.dbt_process import BuildFailed, Dbt, check_paths

# dbt's own record of a run is not read: to write it takes longer than to make a small table
BUILD = ("--no-write-json", "build", "--exclude-resource-type", "unit_test")
# a seed whose columns changed is made anew, not filled into the columns that it had
BUILD += ("--full-refresh",)


@dataclass(frozen=True)
class BuildReport:
    """What was built: the load of each source, what ran and what was kept, seconds by stage."""

    loads: list[LoadReport]
    n_models: int
    n_tests: int
    n_kept: int
    seconds: dict[str, float]

    @property
    def absent(self) -> list[LoadReport]:
        """The sources that were skipped."""
        return [r for r in self.loads if r.status not in (PRESENT, NONE)]


def build(
    console: Console,
    *,
    target: Path | None = None,
    publish: bool = True,
    registry: Mapping[str, Source] | None = None,
    located: Mapping[str, list[Located]] | None = None,
    asked: Callable[[dict], bool] = lambda test: True,
    cold: bool = False,
    ray: str | None = None,
) -> BuildReport | None:
    """Build the warehouse from the files that are here, and publish it.

    Parameters
    ----------
    console : Console
        For progress.
    target : Path, optional
        Where to publish; ``settings.WAREHOUSE`` by default.
    publish : bool
        False leaves the finished file in ``build/warehouse.duckdb``.
    registry : mapping, optional
        What may be loaded; the project's own sources by default.
    located : mapping, optional
        Where each source's files are; looked up without a network by default.
    asked : callable, optional
        Whether to run a data test, by dbt's record of it; every test by default.
    cold : bool
        Make everything anew, and forget the results of kernels.
    ray : str, optional
        Address of the Ray cluster where kernels are computed; here by default.

    Returns
    -------
    BuildReport or None
        None where nothing has changed since the published file was built.

    Raises
    ------
    IngestError, WordUnknown, BuildFailed, BuildRunning, WarehouseUnreadable
        Nothing was published.
    """
    registry, target = registry or load_registry(), target or settings.WAREHOUSE
    built, seconds = settings.BUILD / "warehouse.duckdb", {}
    vocabulary.check_seeds()  # dbt would ask only when it makes the marts
    with db.build_lock():
        db.check_place(target, settings.BUILD)
        db.remove_logs(target)  # of a writer that was no build
        located = located or {s.source_id: locate_source(s) for s in registry.values()}
        around = keys.surroundings()
        raw = keys.raw_keys(registry, located, around)
        note = {"around": around, "fingerprint": keys.fingerprint(raw, around)}
        last = {} if cold else _last_note(target, around)
        if publish and last.get("fingerprint") == note["fingerprint"]:
            return None
        if cold:
            memo.trim(0)
        before = _begin(built, target if last else None)
        with Dbt(built, console, ray=ray) as dbt:
            with _timed(seconds, "ingest and parse"), ThreadPoolExecutor(1) as beside:
                parsing = beside.submit(dbt, "parse", label="dbt parse")  # one core each
                kept = {table for table, key in raw.items() if key in before.keys.values()}
                with db.write(built) as con:
                    loads = load(con, registry, located, kept)
                parsing.result()
            with _timed(seconds, "dbt build"):
                manifest = json.loads((dbt.target / "manifest.json").read_bytes())
                tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
                left_out = {test["unique_id"] for test in tests if not asked(test)}
                plan = keys.Plan(manifest, raw, around, before, left_out)
                results = _make(plan, manifest, built, dbt)
                # benchmarks/build_time.py reads how long each node took
                (settings.BUILD / "run_results.json").write_text(
                    json.dumps({"results": results}), "utf-8"
                )
        with _timed(seconds, "finish and publish"):
            passed = [r for r in before.results if r["unique_id"] in plan.keys.keys() - plan.made]
            _finish(built, manifest, results + passed, plan)
            memo.trim()
            if publish:
                note["file"] = sha256_of(built)
                db.publish(built, target)
                (settings.BUILD / "published.json").write_text(json.dumps(note), "utf-8")
    n_models, n_tests = (
        sum(r["unique_id"].startswith(kind) for r in results) for kind in ("model.", "test.")
    )
    n_kept = len(manifest["nodes"]) - len(left_out) - len(plan.made)
    return BuildReport(loads, n_models, n_tests, n_kept, seconds)


@contextlib.contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start


def _last_note(target: Path, around: str) -> dict:
    """What the last build noted of its file, if that file stands there, to the last bit."""
    note = settings.BUILD / "published.json"
    if not (note.is_file() and target.is_file()):
        return {}
    try:
        said = read_json(note)
    except DocumentError:  # damaged: everything is made anew
        return {}
    is_same = said.get("around") == around and said.get("file") == sha256_of(target)
    return said if is_same else {}


def _begin(built: Path, last: Path | None) -> quality.Record:
    """Copy the last warehouse to work on; return what was recorded of it."""
    db.remove(built)
    built.parent.mkdir(parents=True, exist_ok=True)
    if last:
        shutil.copyfile(last, built)
        try:
            with db.write(built) as con:
                return quality.read(con)
        except duckdb.Error:  # damaged on the disk: everything is made anew
            db.remove(built)
    return quality.Record({}, {}, [])


def _make(plan: keys.Plan, manifest: dict, built: Path, dbt: Dbt) -> list[dict]:
    """Have dbt make and test what the plan says, wave by wave; return dbt's results."""
    nodes = manifest["sources"] | manifest["nodes"]
    tables = {
        name: (node["schema"], node.get("identifier") or node["alias"])
        for name, node in nodes.items()
        if node["resource_type"] != "test"
    }
    with db.write(built) as con:
        stand = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'raw'"
        ).fetchall()
        for schema, table in set(stand) - set(tables.values()):
            con.execute(f'drop table "{schema}"."{table}"')
        loaded = manifest["sources"].keys() - plan.contents.keys()
        plan.contents |= _contents(con, {n: tables[n] for n in loaded})
    results = []
    while wave := plan.wave():
        selected = ["--indirect-selection", "empty", "--select"]
        selected += sorted(nodes[name]["name"] for name in wave)
        is_all = len(wave) == len(manifest["nodes"])
        results += dbt(*BUILD, *([] if is_all else selected), label="dbt build")
        with db.open_whole(built, {}) as con:
            plan.contents |= _contents(con, {n: tables[n] for n in wave & tables.keys()})
    return results


def _contents(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    return dict(zip(tables, db.contents(con, tables.values()), strict=True))


def _finish(path: Path, manifest: dict, results: list[dict], plan: keys.Plan) -> None:
    """Make the built file fit to publish: its record, no test leftovers, no views, no log."""
    with db.write(path) as con:
        quality.record(con, manifest, results, plan.keys, plan.contents)
        con.execute("drop schema if exists audit cascade")
        views = con.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
        if views:
            raise BuildFailed(
                f"views would break when the file is renamed: {', '.join(v for (v,) in views)}"
            )


def differing_tables(console: Console) -> dict[str, str]:
    """Build once more beside the published file and compare the content of every table.

    Returns
    -------
    dict of str to str
        The tables whose content differs, with how; empty when the build is reproducible.
    """
    build(console, publish=False, cold=True)
    again = settings.BUILD / "warehouse.duckdb"
    first, second = db.content_hashes(settings.WAREHOUSE), db.content_hashes(again)
    db.remove(again)
    return {
        table: f"{first.get(table, 'absent')} then {second.get(table, 'absent')}"
        for table in sorted(first.keys() | second.keys())
        if first.get(table) != second.get(table)
    }


@contextlib.contextmanager
def _copy_of_published(name: str) -> Iterator[Path]:
    """A copy of the warehouse that dbt may write to, removed afterwards."""
    check_paths()
    with db.connect():
        pass  # dbt would say at length what this says in a line
    with db.build_lock():
        copy = settings.BUILD / name
        db.remove(copy)
        try:
            shutil.copyfile(settings.WAREHOUSE, copy)
            yield copy
        finally:
            db.remove(copy)


def unit_tests(console: Console) -> int:
    """Run dbt's unit tests on a copy of the published warehouse; return how many passed."""
    with _copy_of_published("unit_tests.duckdb") as copy, Dbt(copy, console) as dbt:
        return len(dbt("test", "--select", "test_type:unit", label="dbt unit tests"))


def docs(console: Console) -> Path:
    """Write dbt's documentation of the published warehouse as one page; return where it is."""
    with _copy_of_published("docs.duckdb") as copy, Dbt(copy, console) as dbt:
        dbt("docs", "generate", "--static", label="dbt docs")
        page = settings.BUILD / "docs.html"
        shutil.copyfile(dbt.target / "static_index.html", page)
    return page
