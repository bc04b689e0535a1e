"""dbt in a process of its own, which stays for one command after another.

dbt needs seconds to start and to read its project, and holds the write lock of the file it works on
for as long as its process keeps it open. So one process serves all commands of a build, remembers
the project, and lets go of the file after each.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Self

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from compute.cluster import connected
from ingest import Explained, settings
from warehouse import db

LEAST_MEMORY = 1_500_000_000

THREADS_ON_RAY = 8
"""Models made at a time where kernels are computed elsewhere: waiting for one costs nothing."""

_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else lambda *_: None


class BuildFailed(Explained):
    """dbt refused the data or the SQL. The message names the failing nodes."""


def check_paths() -> None:
    """Refuse, before any work, to build where dbt or DuckDB would fail in the midst of it.

    dbt-duckdb writes the paths of seeds into SQL as they are, where DuckDB takes them for patterns;
    and DuckDB looks for the log of a file before the first question mark of its path.

    Raises
    ------
    BuildFailed, db.WarehouseUnreadable
        The message names the folder or the file.
    """
    db.check_apart(settings.WAREHOUSE, settings.BUILD)
    for path, refused in (
        (settings.ROOT, "'*?["),
        (settings.BUILD, "?"),
        (settings.WAREHOUSE, "?"),
    ):
        if found := [c for c in refused if c in str(path)]:
            raise BuildFailed(
                f"{path}: dbt and DuckDB cannot build below a folder with {' or '.join(found)} in "
                "its name. Rename it, or move the project"
            )


def _memory() -> str:
    """What tables may take of the memory before they are spilled to disk; kernels come on top.

    A quarter of the machine's, of which DuckDB would take 80 %; no table of today needs more than
    the least.
    """
    quarter = "parse_formatted_bytes(current_setting('memory_limit')) * 5 // 16"
    with duckdb.connect() as con:
        ((n_bytes,),) = con.execute(f"select greatest({LEAST_MEMORY}, {quarter})").fetchall()
    return f"{n_bytes}B"


def _die_with_parent() -> None:
    """In the child: end when the build is killed, so that no orphan keeps writing (Linux)."""
    _PRCTL(1, signal.SIGKILL)  # 1 = PR_SET_PDEATHSIG


class Dbt:
    """dbt for one database file, as a context manager.

    Parameters
    ----------
    path : Path
        The database file to work on.
    console : Console
        Where the progress bars go.
    project : Path, optional
        The dbt project; ours by default. Another one keeps what dbt makes of it to itself.
    ray : str, optional
        Address of the Ray cluster where kernels are computed.
    """

    def __init__(
        self, path: Path, console: Console, project: Path | None = None, ray: str | None = None
    ) -> None:
        check_paths()
        self._project = project or settings.DBT_PROJECT
        self.target = settings.BUILD / "dbt_target" / path.stem
        """Where dbt writes what it makes of its project for this file."""
        self._logs = settings.BUILD / "dbt_logs"
        if project:
            self.target, self._logs = project / "target", project / "logs"
        self._path, self._console, self._ray = path, console, ray

    def __enter__(self) -> Self:
        environment = os.environ | {
            "DBT_PROJECT_DIR": str(self._project),
            "DBT_PROFILES_DIR": str(self._project),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self._logs),
            "DBT_LOG_FORMAT": "json",
            "WAREHOUSE_PATH": str(self._path),
            "PROJECT_ROOT": str(settings.ROOT),
            "DUCKDB_MEMORY": _memory(),
            "DO_NOT_TRACK": "1",
            "PYTHONUTF8": "1",
            # dbt runs two models at a time: a kernel that takes both cores only waits for the other
            "NUMBA_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        if self._ray:
            environment |= {"AW_RAY": self._ray}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # doubles the start-up time of dbt
        self._process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.dbt_process"],
            env=environment,
            cwd=settings.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            preexec_fn=_die_with_parent,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self._process.kill()
        self._process.__exit__(None, None, None)

    def __call__(self, *arguments: str, label: str = "dbt") -> list[dict]:
        """Run one command.

        Parameters
        ----------
        *arguments : str
            Command and selectors, for example ``"build", "--select", "marts"``.
        label : str
            What the progress bar says.

        Returns
        -------
        list of dict
            One per node that ran: unique_id, status, message, failures, execution_time, and table,
            where the rows of a failed test were kept.

        Raises
        ------
        BuildFailed
            dbt reported an error; the message lists the failing nodes.
        """
        done, errors = self._run(arguments, label)
        failed = [r for r in done["results"] if r["status"] in {"error", "fail", "runtime error"}]
        if failed or not done["success"]:
            raise BuildFailed(self._failure(failed, [*errors, done["error"]]))
        return done["results"]

    def _run(self, arguments: tuple[str, ...], label: str) -> tuple[dict, list[str]]:
        """The outcome of one command, and what dbt said of errors meanwhile."""
        errors: list[str] = []
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        if self._ray:
            arguments = (*arguments, "--threads", str(THREADS_ON_RAY))
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        with Progress(
            *columns, TimeElapsedColumn(), console=self._console, transient=True
        ) as progress:
            task = progress.add_task(label, total=None)
            for line in self._process.stdout:
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:
                    errors.append(line.rstrip())
                    continue
                if "success" in event:
                    return event, errors
                data, info = event.get("data", {}), event.get("info", {})
                if isinstance(data.get("total"), int) and data["total"]:
                    progress.update(task, total=data["total"])
                if info.get("name") in {"LogModelResult", "LogTestResult", "LogSeedResult"}:
                    progress.advance(task)
                if info.get("level") == "error":
                    errors.append(info.get("msg", ""))
        ended = f"dbt ended unexpectedly with status {self._process.wait()}"
        return {"success": False, "results": [], "error": ended}, errors

    def _failure(self, failed: list[dict], errors: list[str]) -> str:
        kept = self._store_failures(failed)
        lines = ["dbt failed; nothing was published, the warehouse is as it was."]
        for result in failed[:12]:
            kind, _, name = result["unique_id"].split(".", 2)
            lines.append(f"  {kind} {name}: {result['message']}")
            if table := kept.get(result["unique_id"]):
                table = table.split(".", 1)[1]  # without the name of the file
                question = f"select * from {table}"
                lines.append(f'    rows: aw query --database {self._path} "{question}"')
        if len(failed) > 12:
            lines.append(f"  … and {len(failed) - 12} more")
        if not failed:
            lines += [f"  {e}" for e in errors[-12:] if e]
        lines.append(f"  log: {self._logs / 'dbt.log'}")
        return "\n".join(lines)

    def _store_failures(self, failed: list[dict]) -> dict[str, str]:
        """Run the failed data tests once more, keeping their rows; return the table of each."""
        names = [
            r["unique_id"].split(".")[2]
            for r in failed
            if r["status"] == "fail" and r["unique_id"].startswith("test.")
        ]
        if not names:
            return {}
        done, _ = self._run(("test", "--store-failures", "--select", *names), "failed rows")
        return {r["unique_id"]: r["table"].replace('"', "") for r in done["results"]}


def _serve() -> None:
    """In the child: run the commands that stand in the standard input, one a line."""
    # its packages import each other in a circle, which two models at once would break off half-way
    import scipy.stats  # noqa: F401
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    # two models run at a time: a kernel of many short NumPy calls lets go of the interpreter at
    # each, and then waits so long for the other one (ten times as long by Python's default)
    sys.setswitchinterval(0.0005)
    runner = dbtRunner()
    for line in sys.stdin:
        done = runner.invoke(json.loads(line))
        DuckDBConnectionManager.close_all_connections()
        if isinstance(done.result, Manifest):
            runner.manifest = done.result
        ran = done.result.results if isinstance(done.result, RunExecutionResult) else []
        results = [
            {
                "unique_id": r.node.unique_id,
                "status": str(r.status),
                "message": r.message,
                "failures": r.failures,
                "execution_time": r.execution_time,
                "table": r.node.relation_name if r.node.resource_type == "test" else None,
            }
            for r in ran
        ]
        error = str(done.exception) if done.exception else ""
        print(json.dumps({"success": done.success, "results": results, "error": error}), flush=True)


if __name__ == "__main__":
    with connected(settings.RAY) if settings.RAY else nullcontext():
        _serve()
