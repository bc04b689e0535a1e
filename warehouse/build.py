"""Files to warehouse.duckdb: ingest, dbt build, checks, rename. Nothing is published half-made.

The warehouse is a pure function of files, and a build makes anew only what has changed. Each table
has a key (:mod:`warehouse.keys`) that stands for all that it is made of, and the published file
holds the keys of its tables and tests. A build begins with a copy of that file, drops every table
whose key is another now, and lets dbt make those again and run the tests whose key is another; the
results of the others are carried over. Kernels, the slow part, are remembered besides
(:mod:`warehouse.memo`): a kernel whose inputs came out as before is not run again.

A build begins with nothing where the file at hand is not, to the byte count and the nanosecond, the
one that the last good build published, where the code of the build or a version of DuckDB or dbt
has changed, and with ``aw build --cold``, which forgets the kernels too.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingest import Explained, settings
from ingest.load import LoadReport, load
from ingest.locate import PRESENT, Located, locate_source
from ingest.registry import Source, load_registry
from warehouse import db, keys, memo, quality


class BuildFailed(Explained):
    """dbt refused the data or the SQL. The message names the failing nodes."""


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
        return [r for r in self.loads if r.status != PRESENT]


_DBT = (sys.executable, "-c", "from dbt.cli.main import cli; cli()")
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda *_: None


def _die_with_parent() -> None:
    """In the child: end when the build is killed, so that no orphan keeps writing (Linux)."""
    _PRCTL(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG


def _dbt_target(path: Path) -> Path:
    """Where dbt writes what it makes of its project for one database file."""
    return settings.BUILD / "dbt_target" / path.stem


def dbt(
    arguments: list[str], path: Path, console: Console, label: str = "dbt"
) -> tuple[int, int, list[dict]]:
    """Run dbt in a process of its own (it keeps the write lock of the one it runs in).

    Parameters
    ----------
    arguments : list of str
        Command and selectors, for example ``["build", "--select", "marts"]``.
    path : Path
        The database file to work on.
    console : Console
        Where the progress bar goes.
    label : str
        What the progress bar says.

    Returns
    -------
    n_models, n_tests : int
        Nodes that succeeded.
    results : list of dict
        dbt's ``run_results.json`` entries.

    Raises
    ------
    BuildFailed
        dbt reported an error; the message lists the failing nodes.
    """
    environment = os.environ | {
        "DBT_PROJECT_DIR": str(settings.DBT_PROJECT),
        "DBT_PROFILES_DIR": str(settings.DBT_PROJECT),
        "DBT_TARGET_PATH": str(_dbt_target(path)),
        "DBT_LOG_PATH": str(settings.BUILD / "dbt_logs"),
        "DBT_LOG_FORMAT": "json",
        "WAREHOUSE_PATH": str(path),
        "PROJECT_ROOT": str(settings.ROOT),
        "DO_NOT_TRACK": "1",
        # dbt runs two models at a time: a kernel that takes both cores only waits for the other
        "NUMBA_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # doubles the start-up time of dbt
    errors: list[str] = []
    run_results = _dbt_target(path) / "run_results.json"
    run_results.unlink(missing_ok=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with (
        subprocess.Popen(
            [*_DBT, *arguments],
            env=environment,
            cwd=settings.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_die_with_parent,
        ) as process,
        Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress,
    ):
        task = progress.add_task(label, total=None)
        for line in process.stdout:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                errors.append(line.rstrip())
                continue
            data, info = event.get("data", {}), event.get("info", {})
            if isinstance(data.get("total"), int) and data["total"]:
                progress.update(task, total=data["total"])
            if info.get("name") in {"LogModelResult", "LogTestResult", "LogSeedResult"}:
                progress.advance(task)
            if info.get("level") == "error":
                errors.append(info.get("msg", ""))
    results = []
    if run_results.exists():
        # kept under another name: a failed test is run again and overwrites the file
        shutil.copyfile(run_results, settings.BUILD / "run_results.json")
        results = json.loads(run_results.read_text())["results"]
    failed = [r for r in results if r["status"] in {"error", "fail", "runtime error"}]
    if process.returncode or failed:
        kept = _store_failures(failed, environment, run_results)
        raise BuildFailed(_failure(failed, errors, path, kept))
    done = [r["unique_id"] for r in results if r["status"] in {"success", "pass"}]
    n_models, n_tests = (sum(d.startswith(kind) for d in done) for kind in ("model.", "test."))
    return n_models, n_tests, results


def _store_failures(
    failed: list[dict], environment: dict[str, str], run_results: Path
) -> dict[str, str]:
    """Run the failed data tests once more, keeping their rows; return the table of each."""
    names = [
        r["unique_id"].split(".")[2]
        for r in failed
        if r["status"] == "fail" and r["unique_id"].startswith("test.")
    ]
    if not names:
        return {}
    again = [*_DBT, "test", "--store-failures", "--select", *names]
    subprocess.run(again, env=environment, cwd=settings.ROOT, capture_output=True, check=False)
    results = json.loads(run_results.read_text())["results"]
    return {r["unique_id"]: r["relation_name"].replace('"', "") for r in results}


def _failure(failed: list[dict], errors: list[str], path: Path, kept: dict[str, str]) -> str:
    lines = ["dbt failed; nothing was published, the warehouse is as it was."]
    for result in failed[:12]:
        kind, _, name = result["unique_id"].split(".", 2)
        lines.append(f"  {kind} {name}: {result['message']}")
        if table := kept.get(result["unique_id"]):
            table = table.split(".", 1)[1]  # without the name of the file
            lines.append(f'    rows: aw query --database {path} "select * from {table}"')
    if len(failed) > 12:
        lines.append(f"  … and {len(failed) - 12} more")
    if not failed:
        lines += [f"  {e}" for e in errors[-12:]]
    lines.append(f"  log: {settings.BUILD / 'dbt_logs' / 'dbt.log'}")
    return "\n".join(lines)


def build(
    console: Console,
    *,
    target: Path | None = None,
    publish: bool = True,
    registry: Mapping[str, Source] | None = None,
    located: Mapping[str, list[Located]] | None = None,
    asked: Callable[[dict], bool] = lambda test: True,
    cold: bool = False,
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

    Returns
    -------
    BuildReport or None
        None where nothing has changed since the published file was built.

    Raises
    ------
    IngestError, BuildFailed, BuildRunning
        Nothing was published.
    """
    registry, target = registry or load_registry(), target or settings.WAREHOUSE
    built, seconds = settings.BUILD / "warehouse.duckdb", {}
    with db.build_lock():
        located = located or {s.source_id: locate_source(s) for s in registry.values()}
        around = keys.surroundings()
        raw = keys.raw_keys(registry, located, around)
        note = {"around": around, "fingerprint": keys.fingerprint(raw, around)}
        last = {} if cold else _last_note(target, around)
        if publish and last.get("fingerprint") == note["fingerprint"]:
            return None
        if cold:
            memo.trim(0)
        with _timed(seconds, "ingest and parse"):
            before, passed = _begin(built, target if last else None)
            kept = {table for table, key in raw.items() if key in before.values()}
            with ThreadPoolExecutor(1) as beside:  # both take seconds, and one core each
                parsing = beside.submit(dbt, ["parse"], built, console, "dbt parse")
                with db.write(built) as con:
                    loads = load(con, registry, located, kept)
                parsing.result()
        with _timed(seconds, "dbt build"):
            manifest = json.loads((_dbt_target(built) / "manifest.json").read_text())
            now = keys.node_keys(manifest, raw, around)
            unchanged = {node for node, key in now.items() if before.get(node) == key}
            _drop_changed(built, manifest, unchanged)
            left_out = {
                name
                for name, node in manifest["nodes"].items()
                if node["resource_type"] == "test" and not asked(node)
            }
            changed = manifest["nodes"].keys() - unchanged - left_out
            n_models, n_tests, results = _build_nodes(changed, manifest, built, console)
        with _timed(seconds, "finish and publish"):
            results += [result for result in passed if result["unique_id"] in unchanged]
            _finish(built, manifest, results, now)
            memo.trim()
            if publish:
                db.publish(built, target)
                note["file"] = db.stamp(target)
                (settings.BUILD / "published.json").write_text(json.dumps(note))
    return BuildReport(loads, n_models, n_tests, len(manifest["nodes"]) - len(changed), seconds)


@contextlib.contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start


def _last_note(target: Path, around: str) -> dict:
    """What the last build noted of its file, if that file stands there untouched."""
    note = settings.BUILD / "published.json"
    if not (note.is_file() and target.is_file()):
        return {}
    said = json.loads(note.read_text())
    return said if said["file"] == db.stamp(target) and said["around"] == around else {}


def _begin(built: Path, last: Path | None) -> tuple[dict[str, str], list[dict]]:
    """Copy the last warehouse to work on; return its keys and the results of its tests."""
    db.remove(built)
    built.parent.mkdir(parents=True, exist_ok=True)
    if last:
        shutil.copyfile(last, built)
        try:
            with db.write(built) as con:
                return quality.read(con)
        except duckdb.Error:  # damaged on the disk: everything is made anew
            db.remove(built)
    return {}, []


def _drop_changed(built: Path, manifest: dict, unchanged: set[str]) -> None:
    """Leave in the file the raw tables and those of unchanged nodes alone."""
    nodes = [node for key, node in manifest["nodes"].items() if key in unchanged]
    kept = {(node["schema"], node["alias"]) for node in nodes}
    with db.write(built) as con:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'raw'"
        ).fetchall()
        for schema, table in set(tables) - kept:
            con.execute(f'drop table "{schema}"."{table}"')


def _build_nodes(
    changed: Collection[str], manifest: dict, built: Path, console: Console
) -> tuple[int, int, list[dict]]:
    """Have dbt make and test these nodes and no others."""
    if not changed:
        return 0, 0, []
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if len(changed) < len(manifest["nodes"]):
        names = sorted(manifest["nodes"][node]["name"] for node in changed)
        arguments += ["--indirect-selection", "empty", "--select", *names]
    return dbt(arguments, built, console, "dbt build")


def _finish(path: Path, manifest: dict, results: list[dict], made_of: dict[str, str]) -> None:
    """Make the built file fit to publish: its record, no test leftovers, no views, no log."""
    with db.write(path) as con:
        quality.record(con, manifest, results, made_of)
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
def _copy_of_published(name: str, wanted_by: str) -> Iterator[Path]:
    """A copy of the warehouse that dbt may write to, removed afterwards."""
    if not settings.WAREHOUSE.is_file():
        raise db.WarehouseMissing(f"{wanted_by} needs the tables of a build: make warehouse")
    with db.build_lock():
        copy = settings.BUILD / name
        db.remove(copy)
        shutil.copyfile(settings.WAREHOUSE, copy)
        yield copy
        db.remove(copy)


def unit_tests(console: Console) -> int:
    """Run dbt's unit tests on a copy of the published warehouse; return how many passed."""
    with _copy_of_published("unit_tests.duckdb", "aw check") as copy:
        _, _, results = dbt(["test", "--select", "test_type:unit"], copy, console, "dbt unit tests")
    return len(results)


def docs(console: Console) -> Path:
    """Write dbt's documentation of the published warehouse as one page; return where it is."""
    with _copy_of_published("docs.duckdb", "aw docs") as copy:
        dbt(["docs", "generate", "--static"], copy, console, "dbt docs")
        page = settings.BUILD / "docs.html"
        shutil.copyfile(_dbt_target(copy) / "static_index.html", page)
    return page
